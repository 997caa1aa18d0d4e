"""Addresses of the start page, the switcher, the preferences and the clock."""

from django.conf import settings
from django.urls import URLPattern, path

from . import gallery, views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("c/<uuid:company_id>/", views.company_overview, name="company_overview"),
    path("companies/", views.companies, name="companies"),
    path("preferences/", views.preferences, name="preferences"),
    path("sandbox/clock/", views.clock, name="clock"),
    path("sandbox/clock/move/", views.move_clock, name="move_clock"),
]
if settings.SANDBOX:
    urlpatterns.append(path("design/", gallery.gallery, name="gallery"))

"""Addresses of the start page, the switcher, the preferences and the clock."""

from django.conf import settings
from django.urls import URLPattern, path

from . import gallery, views
from .alarms import views as alarms
from .pauses import views as pauses

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("c/<uuid:company_id>/", views.company_overview, name="company_overview"),
    path("c/<uuid:company_id>/alarms/", alarms.alarms, name="company_alarms"),
    path("c/<uuid:company_id>/alarms/take/", alarms.take_all, name="take_company_alarms"),
    path("c/<uuid:company_id>/alarms/<uuid:alarm_id>/take/", alarms.take, name="take_company_alarm"),
    path("c/<uuid:company_id>/alarms/<uuid:alarm_id>/close/", alarms.close, name="close_company_alarm"),
    path("c/<uuid:company_id>/pauses/", pauses.pauses, name="company_pauses"),
    path("c/<uuid:company_id>/pauses/<uuid:pause_id>/lift/", pauses.lift, name="lift_company_pause"),
    path("central/alarms/", alarms.alarms, name="alarms"),
    path("central/alarms/take/", alarms.take_all, name="take_alarms"),
    path("central/alarms/<uuid:alarm_id>/take/", alarms.take, name="take_alarm"),
    path("central/alarms/<uuid:alarm_id>/close/", alarms.close, name="close_alarm"),
    path("companies/", views.companies, name="companies"),
    path("preferences/", views.preferences, name="preferences"),
    path("sandbox/clock/", views.clock, name="clock"),
    path("sandbox/clock/move/", views.move_clock, name="move_clock"),
]
if settings.SANDBOX:
    urlpatterns.append(path("design/", gallery.gallery, name="gallery"))

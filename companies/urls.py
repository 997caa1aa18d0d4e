"""Addresses of the pages of customers, companies and people, from the root."""

from django.urls import URLPattern

from .views.firms.addresses import urlpatterns as firms
from .views.keys.addresses import urlpatterns as keys
from .views.me.addresses import urlpatterns as own
from .views.people.addresses import urlpatterns as people

urlpatterns: list[URLPattern] = [
    *firms,
    *keys,
    *own,
    *people,
]

"""Addresses of the operators' pages of the relay, below `/central/relay/`."""

from django.urls import path

from . import deviation_views, doubt_views, views

urlpatterns = [
    path("", views.relay, name="relay"),
    path("files/<uuid:file_id>/replay/", views.replay, name="replay_file"),
    path("files/<uuid:file_id>/set-aside/", views.set_aside, name="set_file_aside"),
    path("deviations/<uuid:deviation_id>/", deviation_views.deviation, name="deviation"),
    path("deviations/<uuid:deviation_id>/settle/", deviation_views.settle, name="settle_deviation"),
    path("doubts/", doubt_views.doubts, name="doubts"),
    path("doubts/<uuid:outgoing_id>/", doubt_views.doubt, name="doubt"),
    path("doubts/<uuid:outgoing_id>/decide/", doubt_views.decide, name="decide_doubt"),
    path("pauses/", views.pause, name="pause_outgoing"),
    path("pauses/<uuid:pause_id>/lift/", views.lift, name="lift_pause"),
]

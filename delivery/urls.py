"""Addresses of the Event Log, inside one property."""

from __future__ import annotations

from django.urls import path, re_path

from delivery.views import destinations, event, log

app_name = "delivery"

urlpatterns = [
    path("", log.events, name="events"),
    path("destinations/<int:destination_id>/release/", destinations.release, name="release"),
    re_path(r"^(?P<event_id>[0-9a-f]{32})/$", event.event, name="event"),
]

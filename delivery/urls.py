"""Addresses of the Event Log, inside one property."""

from __future__ import annotations

from django.urls import path, re_path

from delivery.views import (
    advice,
    connection,
    destinations,
    erasures,
    event,
    export,
    log,
    recent_paths,
    recent_try,
    replay,
)
from rules import converters  # noqa: F401 - registers the converter that the addresses use

app_name = "delivery"

urlpatterns = [
    path("", log.events, name="events"),
    path("advice/", advice.advice, name="advice"),
    path("connection/<public_id:extension_id>/", connection.of_extension, name="try_extension"),
    path("connection/package/<str:package_id>/", connection.of_package, name="try_package"),
    path("recent/paths/", recent_paths.browse, name="recent_paths"),
    path("recent/data-element/", recent_try.of_data_element, name="try_data_element"),
    path("recent/<str:kind>/", recent_try.of_component, name="try_component"),
    path("destinations/", destinations.destinations, name="destinations"),
    path("destinations/<int:destination_id>/pause/", destinations.pause, name="pause_destination"),
    path("destinations/<int:destination_id>/test/", destinations.test, name="test_destination"),
    path("destinations/<int:destination_id>/release/", destinations.release, name="release"),
    path("person/", erasures.erasures, name="erasures"),
    path("person/<int:erasure_id>/", erasures.erasure, name="erasure"),
    path("person/<int:erasure_id>/erase/", erasures.confirm, name="confirm_erasure"),
    path("person/<int:erasure_id>/stop/", erasures.stop, name="stop_erasure"),
    path("person/<int:erasure_id>/export/", erasures.export, name="export_person"),
    path("export.csv", export.export, name="export"),
    path("replay/", replay.replay, name="replay"),
    path("replays/", replay.replays, name="replays"),
    path("replays/<int:replay_id>/", replay.run, name="replay_run"),
    path("replays/<int:replay_id>/stop/", replay.stop, name="stop_replay"),
    re_path(r"^(?P<event_id>[0-9a-f]{32})/$", event.event, name="event"),
]

"""A property's Overview tells how far its set-up is and what needs a hand."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from delivery.models import QueuedDelivery
from rules.models import DataElement, Extension, Rule
from tests.delivery.views.conftest import META, Maker
from tests.delivery.views.test_log_list import HOSTILE, text_of


@pytest.fixture
def url(make: Maker) -> str:
    """The address of the Overview."""
    return make.property.get_absolute_url()


def steps(page: str) -> dict[str, str]:
    """Return each step of the set-up and whether it is done."""
    found = re.findall(
        r'<a href="[^"]*">\d\. ([^<]*)</a><span class="visually-hidden">, (done|to do)</span>', page
    )
    return dict(found)


def test_new_property_has_everything_to_do(admin_client: Client, url: str) -> None:
    assert steps(text_of(admin_client, url)) == {
        "Install an extension": "to do",
        "Create data elements": "to do",
        "Create a rule": "to do",
        "Build a library": "to do",
        "Send an event": "to do",
    }


def _install(make: Maker) -> None:
    Extension.objects.create(property=make.property, package=META, name="Meta")


def _name_a_value(make: Maker) -> None:
    DataElement.objects.create(property=make.property, name="Email")


def _rule(make: Maker) -> None:
    Rule.objects.create(property=make.property, name="Purchases")


@pytest.mark.parametrize(
    ("do", "title"),
    [
        (_install, "Install an extension"),
        (_name_a_value, "Create data elements"),
        (_rule, "Create a rule"),
        (Maker.build, "Build a library"),
        (Maker.event, "Send an event"),
    ],
)
def test_step_is_done_when_its_thing_exists(
    admin_client: Client, make: Maker, url: str, do: Any, title: str
) -> None:
    do(make)

    done = [step for step, state in steps(text_of(admin_client, url)).items() if state == "done"]

    assert done == [title]


def test_environments_show_the_build_that_is_live(
    admin_client: Client, make: Maker, url: str
) -> None:
    development = make.environments["development"]
    development.active_build = make.build()
    development.activated_at = timezone.now()
    development.save()

    page = text_of(admin_client, url)

    assert f'/builds/{development.active_build.public_id}/">First release</a>' in page
    assert page.count("No build yet") == 2


def test_held_destination_is_told_with_what_waits_for_it(
    admin_client: Client, make: Maker, url: str
) -> None:
    now = timezone.now()
    destination = make.destination(held_at=now, hold_title="The access token has expired")
    for number in range(2):
        QueuedDelivery.objects.create(
            event_id=make.event().id,
            component=f"RC{number:032}",
            destination_id=destination.pk,
            next_at=now,
            expires_at=now + dt.timedelta(days=7),
        )

    page = text_of(admin_client, url)

    assert "Pixel 1234567890 in Development is held: The access token has expired" in page
    assert "2 deliveries wait; none is lost." in page


def test_destination_that_is_open_is_not_mentioned(
    admin_client: Client, make: Maker, url: str
) -> None:
    make.destination()

    assert "is held" not in text_of(admin_client, url)


def test_latest_five_events_are_listed_newest_first(
    admin_client: Client, make: Maker, url: str
) -> None:
    for number in range(6):
        make.event(name=f"event {number}")

    found = re.findall(r">(event \d)</a>", text_of(admin_client, url))

    assert found == ["event 5", "event 4", "event 3", "event 2", "event 1"]


def test_numbers_of_the_last_day_lead_into_the_log(
    admin_client: Client, make: Maker, url: str, log_url: str
) -> None:
    make.event(outcome="rejected")

    assert f'href="{log_url}?outcome=rejected">1<' in text_of(admin_client, url)


def test_command_sends_to_the_datastream_of_development(
    admin_client: Client, make: Maker, url: str
) -> None:
    datastream = make.environments["development"].datastreams.get()

    assert f"/v1/events/{datastream.public_id}" in text_of(admin_client, url)


def test_hostile_text_is_shown_and_never_obeyed(
    admin_client: Client, make: Maker, url: str
) -> None:
    make.event(name=HOSTILE)

    page = text_of(admin_client, url)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_number_of_queries_does_not_grow(
    admin_client: Client, make: Maker, url: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        make.delivery(make.event())

    with django_assert_max_num_queries(24):
        admin_client.get(url)

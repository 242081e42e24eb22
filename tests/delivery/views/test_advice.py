"""The page of advice: per rule, how often, and what only many payloads show."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery import limiting, surveying
from delivery.models import Advice, Destination
from extensions import registry
from extensions.contract import Notice
from rules.models import Property
from rules.provisioning import create_property
from tests.delivery.views.conftest import ACTION, META, RULE, Maker
from tests.rules import making


@pytest.fixture(autouse=True)
def counted_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test count against another one's limit."""
    monkeypatch.setattr(limiting, "MOST_PER_MINUTE", 10_000)


@pytest.fixture
def url(property_: Property) -> str:
    return reverse("delivery:advice", args=[property_.public_id])


def look(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def note(
    property_: Property, count: int, code: str = "", *, days_ago: int = 0, **fields: Any
) -> None:
    Advice.objects.create(
        environment=fields.pop("environment", None) or property_.environments.all()[0],
        day=timezone.now().date() - dt.timedelta(days=days_ago),
        **{
            "rule": RULE,
            "component": ACTION,
            "code": code,
            "field": "ph" if code else "",
            "count": count,
            "message": "The phone was left out." if code else "",
        }
        | fields,
    )


def test_advice_is_counted_for_today_and_a_week_with_its_share(
    admin_client: Client, property_: Property, url: str
) -> None:
    note(property_, 30)
    note(property_, 10, days_ago=6)
    note(property_, 6, "bad_phone")
    note(property_, 4, "bad_phone", days_ago=6)
    note(property_, 1_000, "bad_phone", days_ago=7)
    page = look(admin_client, url)
    assert "The phone was left out." in page
    assert '<td data-label="Today">6</td>' in page
    assert '<td data-label="7 days">10</td>' in page
    assert '<td data-label="Share of its events">25%</td>' in page
    assert "40 events in 7 days" in page


@pytest.mark.parametrize(
    ("count", "share"), [(1, "under 1%"), (10, "1%"), (999, "100%"), (2_000, "100%")]
)
def test_share_is_never_nothing_nor_more_than_all(
    admin_client: Client, property_: Property, url: str, count: int, share: str
) -> None:
    note(property_, 1_000)
    note(property_, count, "bad_phone")
    assert f">{share}<" in look(admin_client, url)


def test_environment_narrows_the_counts(
    admin_client: Client, property_: Property, url: str
) -> None:
    development, _, production = property_.environments.all()
    note(property_, 3, "bad_phone", environment=development)
    note(property_, 4, "bad_phone", environment=production)
    assert '<td data-label="Today">7</td>' in look(admin_client, url)
    narrowed = look(admin_client, url, environment=production.public_id)
    assert '<td data-label="Today">4</td>' in narrowed


def test_rule_has_its_name_and_a_link(admin_client: Client, property_: Property, url: str) -> None:
    rule = making.rule(property_, "Purchases")
    note(property_, 3, rule=rule.public_id)
    note(property_, 3)
    page = look(admin_client, url)
    assert "Purchases</h2>" in page
    assert f'href="{rule.get_absolute_url()}"' in page
    assert "A deleted rule</h2>" in page
    assert "No advice: nothing was found" in page


def test_advice_of_another_property_is_not_shown(
    admin_client: Client, property_: Property, url: str
) -> None:
    note(create_property("Other", None), 3, "bad_phone")
    page = look(admin_client, url)
    assert "left out" not in page
    assert "No advice" in page


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Any]]:
    """A package that finds something in any payloads; what it was given."""
    given: list[Sequence[Any]] = []

    def survey(_: object, payloads: Sequence[Any]) -> list[Notice]:
        given.append(payloads)
        return [Notice("same", "em", "One person stands in all of them.")]

    monkeypatch.setattr(type(registry.packages()[META].destination), "survey", survey)
    return given


def test_newest_payloads_are_looked_at_together(
    admin_client: Client,
    property_: Property,
    url: str,
    make: Maker,
    surveyed: list[Sequence[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(surveying, "MOST_PAYLOADS", 2)
    destination = make.destination()
    for number in range(3):
        make.delivery(make.event(), destination=destination, payload={"number": number})
    make.delivery(make.event(), rule="RLother", destination=destination, payload={"number": 9})
    note(property_, 3)
    page = look(admin_client, url, survey=RULE)
    assert surveyed == [[{"number": 2}, {"number": 1}]]
    assert "the newest 2 events together" in page
    assert "One person stands in all of them." in page


def test_payloads_of_two_destinations_are_looked_at_apart(
    admin_client: Client,
    property_: Property,
    url: str,
    make: Maker,
    surveyed: list[Sequence[Any]],
) -> None:
    for number in range(2):
        make.delivery(make.event(), payload={"number": number})
    note(property_, 3)
    look(admin_client, url, survey=RULE)
    assert sorted(map(len, surveyed)) == [1, 1]


def test_payloads_of_another_property_are_not_looked_at(
    admin_client: Client, property_: Property, url: str, surveyed: list[Sequence[Any]]
) -> None:
    other = Maker(create_property("Other", None))
    other.delivery(other.event())
    note(property_, 3)
    page = look(admin_client, url, survey=RULE)
    assert surveyed == []
    assert "No stored payload of this rule was found" in page


def test_package_that_cannot_survey_is_no_error_page(
    admin_client: Client,
    property_: Property,
    url: str,
    make: Maker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(registry.packages()[META].destination), "survey", fail)
    make.delivery(make.event())
    note(property_, 3)
    assert "Nothing stands out." in look(admin_client, url, survey=RULE)


def test_only_payloads_of_the_chosen_environment_are_looked_at(
    admin_client: Client,
    property_: Property,
    url: str,
    make: Maker,
    surveyed: list[Sequence[Any]],
) -> None:
    development, _, production = property_.environments.all()
    for environment in (development, production):
        destination = make.destination(environment=environment)
        event = make.event(stage=environment.stage)
        make.delivery(event, destination=destination, payload={"of": environment.stage})
    note(property_, 3, environment=production)
    page = look(admin_client, url, survey=RULE, environment=production.public_id)
    assert surveyed == [[{"of": "production"}]]
    assert f'hx-get="?survey={RULE}&environment={production.public_id}"' in page


def test_payloads_are_opened_only_so_often(
    admin_client: Client,
    property_: Property,
    url: str,
    make: Maker,
    surveyed: list[Sequence[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limiting, "MOST_PER_MINUTE", 2)
    monkeypatch.setattr(limiting.time, "time", lambda: 1_800_000_000)
    make.delivery(make.event())
    note(property_, 3)
    pages = [look(admin_client, url, survey=RULE) for _ in range(3)]
    assert len(surveyed) == 2
    assert ["Please wait a minute" in page for page in pages] == [False, False, True]
    assert "Please wait a minute" not in look(admin_client, url)


def test_test_events_that_never_ended_are_told(
    admin_client: Client, property_: Property, url: str, make: Maker, log_url: str
) -> None:
    now = timezone.now()
    tested = make.destination(
        environment=property_.environments.get(stage="production"),
        mark="Test event TEST1",
        last_delivered_at=now,
    )
    said = "Production has sent test events since"
    for page in (url, log_url):
        assert said not in look(admin_client, page)
    Destination.objects.filter(pk=tested.pk).update(created_at=now - dt.timedelta(days=8))
    for page in (url, log_url):
        assert said in look(admin_client, page)
    staging = property_.environments.get(stage="staging").public_id
    for page in (url, log_url):
        assert said not in look(admin_client, page, environment=staging)


@pytest.mark.parametrize(
    "fields",
    [{"mark": ""}, {"last_delivered_at": None}, {"last_delivered_at": "2026-01-01T00:00Z"}],
)
def test_what_is_no_test_or_over_is_not_told(
    admin_client: Client, make: Maker, url: str, fields: dict[str, Any]
) -> None:
    tested = make.destination(
        **{"mark": "Test event TEST1", "last_delivered_at": timezone.now()} | fields
    )
    long_ago = timezone.now() - dt.timedelta(days=30)
    Destination.objects.filter(pk=tested.pk).update(created_at=long_ago)
    assert "has sent test events" not in look(admin_client, url)

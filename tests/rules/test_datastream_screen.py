"""The page of a datastream: who may post to it, how much, and the keys of servers."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from rules.models import Datastream, DatastreamCount, Property, ServerKey
from rules.models.datastreams import PREFIX
from rules.provisioning import create_property

pytestmark = pytest.mark.django_db

FIELDS = {"name": "Shop", "enabled": "on", "allowed_origins": ""}


@pytest.fixture
def datastream(property_: Property) -> Datastream:
    return Datastream.objects.filter(environment__property=property_).earliest("id")


def url(datastream: Datastream, view: str = "datastream", *more: str) -> str:
    property_ = datastream.environment.property
    return reverse(f"rules:{view}", args=[property_.public_id, datastream.public_id, *more])


def save(client: Client, datastream: Datastream, **fields: str) -> Any:
    response = client.post(url(datastream), {**FIELDS, **fields})
    datastream.refresh_from_db()
    return response


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    found: dict[str, list[str]] = response.context["form"].errors
    return found


def test_what_is_saved_is_kept(admin_client: Client, datastream: Datastream) -> None:
    response = save(
        admin_client, datastream, requires_key="on", rate_limit="100", burst="500",
        daily_cap="1000000", allowed_origins="https://shop.example",
    )  # fmt: skip
    assert response.status_code == 302
    assert (datastream.rate_limit, datastream.burst, datastream.daily_cap) == (100, 500, 1_000_000)
    assert datastream.requires_key
    assert datastream.allowed_origins == ["https://shop.example"]
    save(admin_client, datastream)
    assert (datastream.rate_limit, datastream.requires_key) == (None, False)
    assert datastream.allowed_origins == []


def test_origins_are_kept_as_browsers_write_them(
    admin_client: Client, datastream: Datastream
) -> None:
    typed = " HTTPS://Shop.Example/ \r\n\r\nhttp://localhost:3000\nhttps://shop.example:443\n"
    save(admin_client, datastream, allowed_origins=typed + "https://[::1]:8443")
    assert datastream.allowed_origins == [
        "https://shop.example", "http://localhost:3000", "https://[::1]:8443",
    ]  # fmt: skip
    page = admin_client.get(url(datastream)).content.decode()
    assert "https://shop.example\nhttp://localhost:3000\n" in page


@pytest.mark.parametrize(
    "line",
    [
        "shop.example", "*", "https://*.shop.example", "https://shop.example/path", "https://",
        "ftp://shop.example", "https://a@shop.example", "https://shop.example:99999", "null",
        "https://shop.example?x", "https://[::g]", "javascript:alert(1)", "https://a b",
    ],
)  # fmt: skip
def test_line_that_is_no_origin_is_refused_with_what_was_typed(
    admin_client: Client, datastream: Datastream, line: str
) -> None:
    response = save(admin_client, datastream, allowed_origins=f"https://good.example\n{line}")
    assert line in errors(response)["allowed_origins"][0]
    assert "https://good.example" in response.content.decode()
    assert datastream.allowed_origins == []


@pytest.mark.parametrize("field", ["rate_limit", "burst", "daily_cap"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "99999999999999"])
def test_number_out_of_bounds_is_refused(
    admin_client: Client, datastream: Datastream, field: str, value: str
) -> None:
    fields = {"rate_limit": "1", field: value}
    assert field in errors(save(admin_client, datastream, **fields))


def test_burst_without_a_rate_is_refused(admin_client: Client, datastream: Datastream) -> None:
    assert "burst" in errors(save(admin_client, datastream, burst="5"))


def test_page_tells_what_came_today(admin_client: Client, datastream: Datastream) -> None:
    today = dt.datetime.now(dt.UTC).date()
    for events, day in ((1000, today), (234, today), (5, today - dt.timedelta(days=1))):
        DatastreamCount.objects.create(
            datastream_id=datastream.pk, day=day, collector=uuid.uuid4(), events=events, asked=9999
        )
    Datastream.objects.update(daily_cap=2000)
    page = " ".join(admin_client.get(url(datastream)).content.decode().split())
    assert "1,234 of 2,000 events taken" in page


def test_key_is_shown_once_and_kept_as_a_hash(admin_client: Client, datastream: Datastream) -> None:
    response = admin_client.post(url(datastream, "new_server_key"))
    [text] = set(re.findall(rf"{PREFIX}[\w-]{{43}}", response.content.decode()))
    assert "no-store" in response["Cache-Control"]
    key = ServerKey.objects.get()
    assert text.startswith(key.start)
    page = admin_client.get(url(datastream)).content.decode()
    assert key.start in page
    assert text not in page
    assert text not in str(list(AuditEntry.objects.values()))


def test_there_are_two_keys_at_most(admin_client: Client, datastream: Datastream) -> None:
    for _ in range(3):
        admin_client.post(url(datastream, "new_server_key"))
    assert ServerKey.objects.count() == 2
    assert "Create Server Key" not in admin_client.get(url(datastream)).content.decode()


def test_key_is_revoked_after_asking(admin_client: Client, datastream: Datastream) -> None:
    key, _ = ServerKey.make(datastream, None)
    address = url(datastream, "revoke_server_key", key.public_id)
    assert "cannot be brought back" in admin_client.get(address).content.decode()
    assert ServerKey.objects.exists()
    assert admin_client.post(address).status_code == 302
    assert not ServerKey.objects.exists()


def test_every_change_is_in_the_audit_log(admin_client: Client, datastream: Datastream) -> None:
    save(admin_client, datastream, daily_cap="5")
    admin_client.post(url(datastream, "new_server_key"))
    key = ServerKey.objects.get()
    admin_client.post(url(datastream, "revoke_server_key", key.public_id))
    entries = AuditEntry.objects.filter(object_id=datastream.public_id).order_by("id")
    assert [entry.action for entry in entries] == [
        "datastream.updated", "server_key.created", "server_key.revoked",
    ]  # fmt: skip
    assert "daily_cap" in entries[0].detail["fields"]
    assert entries[2].detail["key"].startswith(PREFIX)


def test_datastream_and_keys_of_another_property_are_not_found(
    admin_client: Client, property_: Property, datastream: Datastream
) -> None:
    other = create_property("Other", None)
    theirs = Datastream.objects.filter(environment__property=other).earliest("id")
    address = reverse("rules:datastream", args=[property_.public_id, theirs.public_id])
    assert admin_client.get(address).status_code == 404
    key, _ = ServerKey.make(theirs, None)
    foreign = url(datastream, "revoke_server_key", key.public_id)
    assert admin_client.post(foreign).status_code == 404
    assert ServerKey.objects.exists()


def test_environments_lead_to_their_datastreams(
    admin_client: Client, datastream: Datastream
) -> None:
    property_ = datastream.environment.property
    page = admin_client.get(reverse("rules:environments", args=[property_.public_id]))
    assert url(datastream) in page.content.decode()


def test_what_a_datastream_is_called_is_no_markup(
    admin_client: Client, datastream: Datastream
) -> None:
    response = save(admin_client, datastream, name="<img src=x onerror=alert(1)>")
    assert response.status_code == 302
    assert "<img src=x" not in admin_client.get(url(datastream)).content.decode()

"""Test connection and Send a test event, from the page of an extension, saved or not."""

from __future__ import annotations

import html
import logging
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

import vault
from accounts.models import AuditEntry, Grant, Right
from delivery import limiting, transport
from delivery.models import Attempt, Delivery, Destination, Event
from extensions import registry
from extensions.contract import Answer, Request
from rules.models import Extension, Property
from tests.conftest import give
from tests.delivery.conftest import RunningSandbox
from tests.rules.making import (
    META,
    SECRET,
    choices_of,
    constant,
    element,
    environment,
    meta,
    second_development,
    secret,
)

TOKEN = "EAAcanaryTypedIntoTheForm0123456789"
EXPIRED = "EAAtokenEXPIRED0123456789"
PIXEL = "1234567890"
WORKS = "The connection works"
HTMX = {"HX-Request": "true", "HX-Target": "connection-result"}


@pytest.fixture(autouse=True)
def counted_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test count against another one's limit."""
    monkeypatch.setattr(limiting, "MOST_PER_MINUTE", 10_000)


@pytest.fixture
def extension(property_: Property) -> Extension:
    sealed = vault.seal_text(settings.KEY_RING, TOKEN, property_.public_id)
    return meta(property_, pixelId=PIXEL, accessToken=sealed)


def post(client: Client, where: Extension | Property, what: str, **entered: Any) -> HttpResponse:
    """Press a button of the panel; `entered` is what the form holds."""
    if isinstance(where, Extension):
        url = reverse("delivery:try_extension", args=[where.property.public_id, where.public_id])
    else:
        url = reverse("delivery:try_package", args=[where.public_id, META])
    headers = entered.pop("headers", HTMX)
    data = {name.replace("__", "-"): value for name, value in entered.items()}
    return client.post(url, {"pixelId": PIXEL, "try": what, **data}, headers=headers)


def words(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def test_connection_that_works_is_said_to_work(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    assert WORKS in words(post(admin_client, extension, "connection"))
    assert sandbox.received() == []


def test_nothing_has_to_be_saved_to_be_tried(
    admin_client: Client, property_: Property, sandbox: RunningSandbox
) -> None:
    assert WORKS in words(post(admin_client, property_, "connection", accessToken=TOKEN))
    assert not property_.extensions.filter(package=META).exists()


def test_typed_values_are_tried_and_not_stored(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    before = Extension.objects.filter(package=META).values().get()
    answer = words(post(admin_client, extension, "connection", accessToken=EXPIRED))
    assert WORKS not in answer
    assert "HTTP 401" in answer
    assert Extension.objects.filter(package=META).values().get() == before


def test_what_is_wrong_is_said_in_words_with_the_trace_id(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    trial = words(post(admin_client, extension, "connection", accessToken=EXPIRED))
    assert "tone-danger" in trial
    assert "Trace ID" in trial
    assert "https://developers.facebook.com/" in trial


def test_test_event_goes_out_with_its_code_and_is_no_event_of_ours(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = words(post(admin_client, extension, "event", connection__code="TEST777"))
    [row] = sandbox.requests()
    assert row["test_event_code"] == "TEST777"
    assert len(sandbox.received()) == 1
    assert sandbox.received()[0]["event_id"] in answer
    for model in (Event, Delivery, Attempt, Destination):
        assert model.objects.count() == 0


def test_test_event_needs_a_code(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = words(post(admin_client, extension, "event"))
    assert "Please enter the Test Event Code" in answer
    assert sandbox.requests() == []


def test_code_of_the_environment_is_taken_where_none_is_entered(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    development = environment(extension.property, "development").public_id
    entered = {"testEventCodes.development": "TEST42", "connection__environment": development}
    post(admin_client, extension, "event", **entered)
    assert sandbox.requests()[0]["test_event_code"] == "TEST42"


def test_code_of_the_environment_stands_in_the_field(
    admin_client: Client, extension: Extension
) -> None:
    extension.settings["testEventCodes"] = {"development": "TEST42"}
    extension.save()
    page = words(admin_client.get(extension.get_absolute_url()))
    assert 'name="connection-code" value="TEST42"' in page


def test_code_that_cannot_be_right_is_not_sent(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = words(post(admin_client, extension, "event", connection__code="TEST 1"))
    assert "letters and digits" in answer
    assert sandbox.requests() == []


def test_secret_of_the_chosen_environment_is_used(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    property_ = extension.property
    chosen = {
        stage: {"id": held.public_id, "name": held.name}
        for stage, value in (("development", EXPIRED), ("production", TOKEN))
        for held in [secret(property_, stage, value)]
    }
    element(property_, "Token", delegate=SECRET, settings={"secrets": chosen})
    answers = {
        stage: words(
            post(
                admin_client,
                extension,
                "connection",
                accessToken="{{Token}}",
                connection__environment=environment(property_, stage).public_id,
            )
        )
        for stage in ("development", "staging", "production")
    }
    assert "HTTP 401" in answers["development"]
    assert "No secret is chosen for staging" in answers["staging"]
    assert WORKS in answers["production"]


@pytest.mark.parametrize("place", [0, 1])
def test_of_several_secrets_that_of_the_chosen_environment_is_used(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox, place: int
) -> None:
    property_ = extension.property
    homes = environment(property_, "development"), second_development(property_)
    held = [
        secret(property_, value=value, home=home)
        for value, home in zip((TOKEN, EXPIRED), homes, strict=True)
    ]
    element(
        property_,
        "Token",
        delegate=SECRET,
        settings={"secrets": {"development": choices_of(*held)}},
    )
    answer = words(
        post(
            admin_client,
            extension,
            "connection",
            accessToken="{{Token}}",
            connection__environment=homes[place].public_id,
        )
    )
    assert (WORKS in answer, "HTTP 401" in answer) == (place == 0, place == 1)


def test_deleted_secret_is_named_as_such(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    held = secret(extension.property, "development", TOKEN)
    chosen = {"development": {"id": held.public_id, "name": held.name}}
    element(extension.property, "Token", delegate=SECRET, settings={"secrets": chosen})
    held.delete()
    answer = words(post(admin_client, extension, "connection", accessToken="{{Token}}"))
    assert "This environment does not have the secret" in answer


def test_value_out_of_the_event_can_only_be_tried_with_one(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    element(extension.property, "Pixel", settings={"path": "arc.event.data.pixel"})
    answer = words(post(admin_client, extension, "connection", pixelId="{{Pixel}}"))
    assert "“Pixel” comes from the event" in answer
    assert sandbox.requests() == []


def test_constant_gives_its_value_without_an_event(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    constant(extension.property, "Pixel", PIXEL)
    assert WORKS in words(post(admin_client, extension, "connection", pixelId="{{Pixel}}"))


def test_data_element_that_is_not_there_is_named(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = words(post(admin_client, extension, "connection", pixelId="{{Nowhere}}"))
    assert "“Nowhere” does not exist" in answer


def test_event_cannot_name_a_secret_here_either(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    held = secret(extension.property, "development", TOKEN)
    constant(extension.property, "Token", f"[[{held.public_id}]]")
    answer = words(post(admin_client, extension, "connection", accessToken="{{Token}}"))
    assert "names a secret" in answer
    assert sandbox.requests() == []


def test_settings_that_are_wrong_are_told_first(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = words(post(admin_client, extension, "connection", pixelId="not a pixel"))
    assert "Please correct the settings first" in answer
    assert sandbox.requests() == []


def test_destination_that_is_away_is_said_to_be(
    admin_client: Client, extension: Extension, settings: Settings
) -> None:
    settings.DESTINATION_URLS = {META: "http://127.0.0.1:9"}
    answer = words(post(admin_client, extension, "connection"))
    assert "could not be reached" in answer
    assert "No HTTP answer" in answer


def test_answer_nobody_can_read_is_no_error_page(
    admin_client: Client,
    extension: Extension,
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr(type(registry.packages()[META].destination), "read_probe", fail)
    answer = post(admin_client, extension, "connection")
    assert answer.status_code == 200
    assert "could not be understood" in words(answer)


# --- Without JavaScript -----------------------------------------------------------------------


def test_whole_page_comes_back_with_all_that_was_entered(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = post(
        admin_client,
        extension,
        "event",
        headers={},
        pixelId="987654321",
        accessToken=TOKEN,
        connection__code="TEST9",
        lock_version="7",
    )
    page = words(answer)
    assert "<h1" in page
    for shown in ('value="987654321"', 'value="TEST9"', 'name="lock_version" value="7"'):
        assert shown in page
    assert f'action="{extension.get_absolute_url()}"' in page
    assert "accessToken.sealed" in page
    assert sandbox.requests()[0]["test_event_code"] == "TEST9"


def test_menu_marks_extensions_on_the_page_that_comes_back(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    page = words(post(admin_client, extension, "connection", headers={}))
    menu = page[page.index('id="side-nav"') : page.index("</nav>")]
    assert menu.count('aria-current="page"') == 1
    marked = menu[: menu.index('aria-current="page"')].rpartition('href="')[2]
    assert marked.startswith(reverse("rules:extensions", args=[extension.property.public_id]) + '"')


def test_package_that_is_not_installed_comes_back_to_be_installed(
    admin_client: Client, property_: Property, sandbox: RunningSandbox
) -> None:
    answer = post(admin_client, property_, "connection", headers={}, accessToken=TOKEN)
    url = reverse("rules:install", args=[property_.public_id, META])
    assert WORKS in words(answer)
    assert f'action="{url}"' in words(answer)


# --- Rights, records, limits --------------------------------------------------------------------


def test_panel_is_for_those_who_manage_extensions(
    editor_client: Client, grant: Grant, extension: Extension
) -> None:
    url = extension.get_absolute_url()
    assert "Test connection" not in words(editor_client.get(url))
    give(grant, Right.MANAGE_EXTENSIONS)
    assert "Test connection" in words(editor_client.get(url))


def test_extension_that_sends_nothing_has_no_panel(
    admin_client: Client, property_: Property
) -> None:
    core = property_.extensions.get(package="core")
    assert "Test connection" not in words(admin_client.get(core.get_absolute_url()))


def test_trial_is_on_record(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    post(admin_client, extension, "connection")
    entry = AuditEntry.objects.filter(action="extension.tested").get()
    assert entry.object_id == extension.public_id
    assert entry.detail == {
        "environment": "Development", "what": "connection", "works": True, "reason": "meta:ok",
    }  # fmt: skip


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["partial", "page"])
@pytest.mark.parametrize("what", ["connection", "event"])
def test_typed_token_appears_nowhere(
    admin_client: Client,
    extension: Extension,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    what: str,
    headers: dict[str, str],
) -> None:
    caplog.set_level(logging.DEBUG)
    token = "EAAcanaryOfTheForm0123456789"
    asked: list[Request] = []

    def echo(_base_url: str, request: Request, *_: Any, **__: Any) -> Answer:
        asked.append(request)
        return Answer(400, {}, orjson.dumps({"error": {"code": 1, "message": f"Bad {token}"}}))

    monkeypatch.setattr(transport, "send", echo)
    answer = post(
        admin_client, extension, what,
        headers=headers, accessToken=token, appSecret="", connection__code="TEST1",
    )  # fmt: skip
    assert asked[0].headers["Authorization"] == f"Bearer {token}"
    told = [
        words(answer), caplog.text, repr(list(AuditEntry.objects.values())), repr(answer.headers)
    ]  # fmt: skip
    assert [text for text in told if token in text] == []


@pytest.mark.parametrize("redis", ["there", "away"])
def test_person_may_try_only_so_often(
    admin_client: Client,
    extension: Extension,
    sandbox: RunningSandbox,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    redis: str,
) -> None:
    if redis == "away":
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
    monkeypatch.setattr(limiting, "MOST_PER_MINUTE", 2)
    monkeypatch.setattr(limiting.time, "time", lambda: 1_700_000_000 if redis == "there" else 60)
    answers = [words(post(admin_client, extension, "connection")) for _ in range(3)]
    assert [WORKS in answer for answer in answers] == [True, True, False]
    assert "Please wait a minute" in answers[2]


def test_person_runs_one_trial_at_a_time(
    admin_client: Client, extension: Extension, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile: list[str] = []

    def hang(*_: Any, **__: Any) -> Answer:
        monkeypatch.setattr(transport, "send", lambda *_, **__: pytest.fail("A second one ran."))
        meanwhile.append(words(post(admin_client, extension, "connection")))
        return Answer(0, failure="timeout")

    monkeypatch.setattr(transport, "send", hang)
    assert "did not answer in time" in words(post(admin_client, extension, "connection"))
    assert "A trial of yours is still running" in meanwhile[0]


def test_process_runs_two_trials_at_a_time(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    with limiting.running("one") as first, limiting.running("two") as second:
        answer = words(post(admin_client, extension, "connection"))
    assert (first, second) == ("", "")
    assert "Others are trying their settings" in answer
    assert sandbox.requests() == []
    assert WORKS in words(post(admin_client, extension, "connection"))


def test_trial_that_breaks_makes_room_for_the_next() -> None:
    with pytest.raises(RuntimeError), limiting.running("one"):
        raise RuntimeError
    with limiting.running("one") as refusal:
        assert refusal == ""


@pytest.mark.parametrize("what", ["connection", "event"])
def test_words_for_deliveries_are_not_said_of_the_trial(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox, what: str
) -> None:
    entered = {"accessToken": EXPIRED, "connection__code": "TEST1"}
    answer = " ".join(words(post(admin_client, extension, what, **entered)).split())
    alert, _, rest = answer.partition("What it means for events")
    assert "wait and are sent" not in alert
    assert "wait and are sent" in rest


def test_refusal_of_the_empty_event_is_explained(
    admin_client: Client, extension: Extension, sandbox: RunningSandbox
) -> None:
    answer = words(post(admin_client, extension, "connection"))
    assert "HTTP 400" in answer
    assert "refused only for being empty" in answer
    assert "refused only for being empty" not in words(
        post(admin_client, extension, "event", connection__code="TEST1")
    )

"""A recent event beside an editor's form: browsed for a path, or tried on."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Grant, Right
from delivery.models import Event
from delivery.views import recent, recent_paths
from rules.models import DataElement, Property, Rule
from tests.conftest import give
from tests.delivery.views.conftest import Maker
from tests.rules.making import (
    COMPARISON,
    PATH,
    SECRET,
    SEND_META,
    element,
    meta,
    second_development,
    secret,
)

HTMX = {"HX-Request": "true", "HX-Target": recent.PANEL}
ORDER = {
    "event": {
        "xdm": {
            "eventType": "purchase",
            "total": 49.5,
            "none": None,
            "odd.key": False,
            "items": [{"sku": "A-1", "price": 5}, {"sku": "B-2", "price": 7}],
        },
        "data": {"email": "  Jane@Example.COM "},
    },
    "request": {"ip": "203.0.113.7", "headers": {"x-shop": "de"}},
}
TEMPLATE = "core::dataElements::template"
ELEMENT = {"name": "Mine", "delegate": PATH, "path": "arc.event.data.email"}
COMPARE = {
    "delegate": COMPARISON,
    "logic": "regular",
    "leftOperand": "{{Event Type}}",
    "comparison.operator": "equals",
    "rightOperand": "purchase",
}


class Panel:
    """Posts an editor's form as the panel's buttons do."""

    def __init__(self, client: Client, property_: Property) -> None:
        self.client = client
        self.property = property_

    def url(self, view: str, *arguments: str) -> str:
        return reverse(f"delivery:{view}", args=[self.property.public_id, *arguments])

    def post(self, url: str, posted: dict[str, Any], **headers: str) -> Any:
        return self.client.post(url, posted, headers=headers)

    def browse(self, **posted: str) -> Any:
        return self.post(self.url("recent_paths"), ELEMENT | {"browse": "path"} | posted, **HTMX)

    def try_element(self, **posted: str) -> Any:
        return self.post(self.url("try_data_element"), ELEMENT | posted, **HTMX)

    def try_component(self, kind: str, posted: dict[str, str]) -> Any:
        return self.post(self.url("try_component", kind), posted, **HTMX)


@pytest.fixture
def panel(admin_client: Client, property_: Property) -> Panel:
    return Panel(admin_client, property_)


def paths(response: Any) -> dict[str, str]:
    """The paths on offer, with what each gives on the event."""
    found = re.findall(
        r'name="path"\s+value="([^"]*)".*?data-gives="([^"]*)"', text(response), re.DOTALL
    )
    return {unescape(path): unescape(gives) for path, gives in found}


def text(response: Any) -> str:
    return str(response.content.decode())


def steps(response: Any) -> list[tuple[str, str]]:
    return [(label, value) for label, value, _kind in response.context["result"]["steps"]]


# --- Browsing ---------------------------------------------------------------------------------


def test_values_of_the_newest_event_are_offered_with_their_paths(panel: Panel, make: Maker) -> None:
    make.event()
    make.event(body=ORDER)
    offered = paths(panel.browse())
    assert (
        offered.items()
        >= {
            "arc.event.xdm.eventType": '"purchase", text',
            "arc.event.xdm.total": "49.5, number",
            'arc.event.xdm["odd.key"]': "false, true or false",
            "arc.event.xdm.none": "null, null",
            "arc.event.xdm.items[1].price": "7, number",
            'arc.event.xdm.items[sku="B-2"].price': "7, number",
            "arc.event.xdm.items[*].price": "[5, 7], list",
            "arc.event.xdm.items": "list, 2 items",
            "arc.request.ip": '"203.0.113.7", text',
            "arc.request.headers.x-shop": '"de", text',
        }.items()
    )


def test_offered_paths_are_paths_of_the_data_element_type(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    for path, gives in paths(panel.browse()).items():
        response = panel.try_element(path=path)
        assert not response.context["tried"].problem, path
        [(_label, value)] = steps(response)
        assert gives.startswith((value, "object", "list")), path


def test_another_event_may_be_chosen(panel: Panel, make: Maker) -> None:
    older = make.event(body=ORDER)
    make.event()
    assert "arc.event.xdm.total" not in paths(panel.browse())
    assert "arc.event.xdm.total" in paths(panel.browse(recent_event=older.id.hex))


def test_chosen_event_stays_though_newer_ones_come_in(
    panel: Panel, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "FEW", 2)
    older = make.event(body=ORDER)
    for _ in range(3):
        make.event()
    response = panel.browse(recent_event=older.id.hex)
    assert "arc.event.xdm.total" in paths(response)
    assert len(response.context["found"].choices) == 3


@pytest.mark.parametrize("asked", ["x", "0" * 32, ""])
def test_event_that_is_not_there_is_the_newest(panel: Panel, make: Maker, asked: str) -> None:
    make.event(body=ORDER)
    assert "arc.event.xdm.total" in paths(panel.browse(recent_event=asked))


def test_without_events_the_way_to_send_one_is_shown(panel: Panel) -> None:
    shown = text(panel.browse())
    assert "No event has come in yet." in shown
    assert "curl " in shown
    assert "<select" not in shown


def test_event_that_is_no_longer_stored_says_so(panel: Panel, make: Maker) -> None:
    make.event(body=None)
    assert "This event is no longer stored." in text(panel.browse())
    assert "This event is no longer stored." in text(panel.try_element())


def test_large_event_is_shown_in_part(panel: Panel, make: Maker) -> None:
    wide = {f"k{number}": {"a": number} for number in range(recent_paths.MAX_VALUES)}
    deep: Any = 1
    for _ in range(200):
        deep = {"d": deep}
    xdm = {"deep": deep, "list": list(range(500)), "long": "x" * 9000, "wide": wide}
    make.event(body={"event": {"xdm": xdm}, "request": {}})
    response = panel.browse()
    offered = paths(response)
    assert len(offered) <= 2 * recent_paths.MAX_VALUES
    assert f"arc.event.xdm.list[{recent_paths.MAX_ITEMS}]" not in offered
    assert "This event is large" in text(response)
    assert "x" * 500 not in text(response)


def test_value_of_a_visitor_is_text_and_no_markup(panel: Panel, make: Maker) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    body = {"event": {"xdm": {hostile: hostile, '"><b>': "1"}}, "request": {}}
    make.event(name=hostile, body=body)
    shown = text(panel.browse())
    assert "<img" not in shown
    assert "<b>" not in shown


def test_event_of_another_property_is_not_shown(
    panel: Panel, admin: Any, make: Maker, property_: Property
) -> None:
    from rules.provisioning import create_property

    theirs = Maker(create_property("Other", admin)).event(body=ORDER)
    response = panel.browse(recent_event=theirs.id.hex)
    assert "arc.event.xdm.total" not in paths(response)


@pytest.mark.parametrize("view", ["recent_paths", "try_data_element"])
def test_who_may_not_edit_is_refused(
    editor_client: Client, grant: Grant, make: Maker, property_: Property, view: str
) -> None:
    make.event(body=ORDER)
    panel = Panel(editor_client, property_)
    assert panel.post(panel.url(view), ELEMENT).status_code == 403
    give(grant, Right.DEVELOP)
    assert panel.post(panel.url(view), ELEMENT).status_code == 200


# --- Without JavaScript -----------------------------------------------------------------------


def test_page_carries_the_form_and_brings_it_back_with_the_path(
    panel: Panel, make: Maker, property_: Property
) -> None:
    make.event(body=ORDER)
    editor = reverse("rules:new_data_element", args=[property_.public_id])
    posted = ELEMENT | {"clean_text": "on", "browse": "path", "back": editor}
    shown = panel.post(panel.url("recent_paths"), posted)
    assert f'formaction="{editor}"' in text(shown)
    hidden = re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', text(shown))
    carried = {name: value for name, value in hidden if name != "csrfmiddlewaretoken"}
    back = panel.client.post(editor, carried | {"path": "arc.event.xdm.total"})
    assert back.status_code == 200
    assert back.context["settings_form"]["path"].value() == "arc.event.xdm.total"
    assert back.context["form"]["clean_text"].value() == "on"
    assert not DataElement.objects.exists()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:1", ""])
def test_page_leads_back_into_the_property_only(panel: Panel, make: Maker, back: str) -> None:
    make.event(body=ORDER)
    shown = panel.post(panel.url("recent_paths"), ELEMENT | {"browse": "path", "back": back})
    home = reverse("rules:data_elements", args=[panel.property.public_id])
    assert set(re.findall(r'formaction="([^"]*)"', text(shown))) == {home}


# --- Trying -----------------------------------------------------------------------------------


def test_unsaved_data_element_is_resolved_step_by_step(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    assert steps(panel.try_element(force_lower_case="on", clean_text="on")) == [
        ("Value as it comes", '"  Jane@Example.COM "'),
        ("Cleaned", '"Jane@Example.COM"'),
        ("In lower case", '"jane@example.com"'),
    ]
    assert not DataElement.objects.exists()


def test_default_is_a_step_of_its_own(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    tried = panel.try_element(path="xdm.nothing", use_default="on", default_value="EUR")
    assert steps(tried) == [("Value as it comes", "null"), ("With the default value", '"EUR"')]
    assert "no value" in text(tried)


def test_other_data_elements_count_as_they_are_saved(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    element(panel.property)
    tried = panel.try_element(delegate=TEMPLATE, text="{{Event Type}}!")
    assert steps(tried) == [("Value as it comes", '"purchase!"')]


@pytest.mark.parametrize(
    ("posted", "problem"),
    [
        ({"path": ""}, "Path: Please specify a path."),
        ({"path": "nowhere.x"}, "A path begins with"),
        ({"delegate": TEMPLATE, "text": "{{Gone}}!"}, "Gone"),
        ({"name": "A", "delegate": TEMPLATE, "text": "{{A}}!"}, "A → A"),
    ],
)
def test_what_cannot_be_tried_says_why(
    panel: Panel, make: Maker, posted: dict[str, str], problem: str
) -> None:
    make.event(body=ORDER)
    response = panel.try_element(**posted)
    assert response.status_code == 200
    assert not response.context["result"]["steps"]
    assert problem in text(response)


def test_secrets_of_several_environments_stay_hidden(panel: Panel, make: Maker) -> None:
    property_ = panel.property
    second = second_development(property_)
    make.event(body=ORDER)
    entered = {
        "secrets.development": secret(property_).public_id,
        f"secrets.development.{second.public_id}": secret(property_, home=second).public_id,
        "secrets.production": secret(property_, "production").public_id,
    }
    assert steps(panel.try_element(delegate=SECRET, **entered)) == [("Secret", '"••••"')]


def test_condition_is_tried_before_it_is_kept(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    element(panel.property)
    assert panel.try_component("condition", COMPARE).context["result"]["word"] == "Met"
    other = panel.try_component("condition", COMPARE | {"rightOperand": "lead"})
    assert other.context["result"]["word"] == "Not met"
    exception = panel.try_component("condition", COMPARE | {"logic": "exception"})
    assert exception.context["result"]["word"] == "Not met"
    assert not Rule.objects.exists()


def test_action_shows_what_it_would_send(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    meta(panel.property, pixelId="1234567890", accessToken="{{Token}}")
    element(panel.property, "Token")
    sent = {"delegate": SEND_META, "actionSource": "email", "eventName": "Lead"}
    response = panel.try_component("action", sent | {"email": "jane@example.com"})
    assert response.context["result"]["word"] == "Ran"
    label, payload = response.context["result"]["outcome"]
    assert (label, '"event_name": "Lead"' in payload) == ("It would send", True)
    assert "jane@example.com" not in payload


def test_action_that_may_not_send_says_why(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    meta(panel.property, pixelId="1234567890", accessToken="{{Token}}")
    element(panel.property, "Token")
    sent = {"delegate": SEND_META, "actionSource": "website", "eventName": "Lead"}
    sent |= {"eventSourceUrl": "{{Token}}", "email": "{{Token}}"}
    response = panel.try_component("action", sent)
    assert response.context["tried"].trace, response.context["tried"].problem
    assert response.context["result"]["word"] == "Refused"
    assert response.context["tried"].problem in unescape(text(response))
    assert response.context["tried"].problem


def coded(kind: str, source: str, **more: str) -> dict[str, str]:
    return {"name": "Coded", "delegate": f"core::{kind}::custom-code", "source": source, **more}


def test_code_shows_its_value_and_what_it_logged(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    element(panel.property)
    source = 'utils.logger.log("hi"); return { is: await getDataElementValue("Event Type") };'
    tried = panel.try_element(**coded("dataElements", source))
    assert steps(tried) == [("Value as it comes", '{"is": "purchase"}')]
    assert [text for _level, text in tried.context["tried"].lines] == ["hi"]


def test_code_that_fails_shows_why_where_and_what_it_logged(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    source = 'utils.logger.log("before");\nthrow new Error("broken");'
    for tried in (
        panel.try_element(**coded("dataElements", source)).context["tried"],
        panel.try_component("condition", coded("conditions", source)).context["tried"],
        panel.try_component("action", coded("actions", source, keyName="n")).context["tried"],
    ):
        assert "broken" in tried.problem
        assert "line 2" in tried.problem
        assert [text for _level, text in tried.lines] == ["before"]


def test_code_of_an_action_shows_what_it_keeps(panel: Panel, make: Maker) -> None:
    make.event(body=ORDER)
    posted = coded("actions", "return arc.event.xdm.items.length;", keyName="count")
    result = panel.try_component("action", posted).context["result"]
    assert result["outcome"] == ("It keeps at arc.ruleStash.core.customCode.count", "2")


def test_code_does_not_run_where_it_is_switched_off(
    panel: Panel, make: Maker, settings: Settings
) -> None:
    settings.CUSTOM_CODE = False
    make.event(body=ORDER)
    tried = panel.try_element(**coded("dataElements", "return 1;"))
    assert tried.context["tried"].problem == "Custom code is switched off on this server."


def test_there_are_conditions_and_actions_only(panel: Panel) -> None:
    assert panel.try_component("rule", COMPARE).status_code == 404


def test_log_keeps_nothing_of_what_is_tried(panel: Panel, make: Maker) -> None:
    event = make.event(body=ORDER)
    panel.try_element()
    assert list(Event.objects.values_list("pk", flat=True)) == [event.pk]

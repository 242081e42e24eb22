"""The screens of the admin as a person uses them. None of these steps needs JavaScript."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

META = "Meta Conversions API Extension"
PATIENCE = 60  # seconds; generous, since a test machine may be busy


def until(what: str, look: Callable[[], Any]) -> Any:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.25)
    raise AssertionError(f"Not within {PATIENCE} s: {what}")


def field(page: Page, name: str) -> Locator:
    """Return the control of a form by its HTML name."""
    return page.locator(f"form [name='{name}']:not([type=hidden])").first


def save(page: Page, name: str = "Save") -> None:
    """Press a button of the form."""
    page.get_by_role("button", name=name, exact=True).click()


def navigate(page: Page, entry: str) -> None:
    """Follow an entry of the left navigation."""
    page.get_by_role("navigation").get_by_role("link", name=entry, exact=True).first.click()
    expect(page.locator("h1")).to_contain_text(entry)


def new_property(page: Page, name: str) -> None:
    """Create a property; ends on its Overview."""
    page.goto("/")
    page.get_by_role("link", name="New Property").first.click()
    field(page, "name").fill(name)
    save(page)
    expect(page.locator("h1")).to_contain_text(name)


def new_secret(page: Page, name: str, environment: str, value: str) -> None:
    """Create a Token secret for an environment."""
    navigate(page, "Secrets")
    page.get_by_role("link", name="Create New Secret").first.click()
    field(page, "name").fill(name)
    field(page, "environment").select_option(label=environment)
    field(page, "value").fill(value)
    save(page, "Create Secret")
    expect(page.get_by_role("link", name=name)).to_be_visible()


def new_path(page: Page, name: str, path: str, *, lower: bool = False) -> None:
    """Create a Path data element."""
    navigate(page, "Data Elements")
    page.get_by_role("link", name="Create New Data Element").first.click()
    field(page, "name").fill(name)
    field(page, "path").fill(path)
    if lower:
        field(page, "force_lower_case").check()
    save(page)
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def new_secret_element(page: Page, name: str, secrets: dict[str, str]) -> None:
    """Create a Secret data element; `secrets` gives the secret of each stage."""
    navigate(page, "Data Elements")
    page.get_by_role("link", name="Create New Data Element").first.click()
    field(page, "name").fill(name)
    choose_type(page, "Secret")
    for stage, secret in secrets.items():
        control = field(page, f"secrets.{stage}")
        option = control.locator("option", has_text=secret).get_attribute("value")
        control.select_option(option)
    save(page)
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def choose_type(page: Page, label: str) -> None:
    """Choose the type of a data element or component; its form appears."""
    page.locator("#id_delegate").select_option(label=label)
    button = page.get_by_role("button", name="Change type")
    if button.is_visible():  # without JavaScript
        button.click()
    expect(page.locator("#delegate-settings")).to_contain_text(label)


def install_meta(page: Page, pixel: str, token: str) -> None:
    """Install the Meta extension from the catalog."""
    navigate(page, "Extensions")
    page.get_by_role("link", name="Catalog").click()
    card = page.locator(".catalog > li", has_text=META)
    card.get_by_role("link", name=re.compile("^Install")).click()
    field(page, "pixelId").fill(pixel)
    field(page, "accessToken").fill(token)
    save(page)
    expect(page.locator(".catalog > li", has_text=META)).to_contain_text("Installed")


def new_library(page: Page, name: str) -> None:
    """Create a library and work in it."""
    navigate(page, "Publishing Flow")
    page.get_by_role("link", name="Add New Library").first.click()
    field(page, "name").fill(name)
    save(page)
    expect(page.locator("h1")).to_contain_text(name)


def begin_rule(page: Page, name: str) -> None:
    """Open the rule editor on a new rule."""
    navigate(page, "Rules")
    page.get_by_role("link", name="Create New Rule").first.click()
    field(page, "name").fill(name)


def add_condition(
    page: Page, left: str, operator: str, right: str, *, exception: bool = False
) -> None:
    """Add a Value Comparison to the rule."""
    page.get_by_role("button", name="Add condition").click()
    if exception:
        page.get_by_label("Exception").check()
    field(page, "leftOperand").fill(left)
    field(page, "comparison.operator").select_option(label=operator)
    field(page, "rightOperand").fill(right)
    save(page, "Keep Changes")
    expect(page.get_by_text("You have unsaved changes").first).to_be_visible()


def add_action(page: Page, settings: dict[str, str]) -> None:
    """Add Send Conversions API Event to the rule."""
    page.get_by_role("button", name="Add action").click()
    for name, value in settings.items():
        reach(page, name)
        field(page, name).fill(value)
    save(page, "Keep Changes")
    expect(page.get_by_text("You have unsaved changes").first).to_be_visible()


def reach(page: Page, name: str) -> None:
    """Unfold the further fields a control stands among; show an object as raw JSON."""
    raw = page.locator(f"button[name=view][value='{name}|raw'][aria-pressed=false]")
    if raw.count():
        raw.click()
    folded = page.locator("details:not([open])", has=page.locator(f"[name='{name}']"))
    for details in folded.all():
        details.locator("> summary").click()


def add_all_and_build(page: Page, library: str) -> None:
    """Put everything that changed into the library and build it; ends on a build that is live."""
    navigate(page, "Publishing Flow")
    page.get_by_role("link", name=library, exact=True).first.click()
    page.get_by_role("button", name="Add All Changed Resources").click()
    save(page, "Save & Build to Development")
    await_build(page, "Development")


def await_build(page: Page, environment: str) -> None:
    """Wait on a build's page until it has succeeded and runs in the environment."""
    outcome = page.locator("#build-progress")

    def is_over() -> bool:
        if "runs this build now" in outcome.inner_text():
            return True
        refresh = page.get_by_role("link", name="Refresh")
        if refresh.is_visible():  # without JavaScript
            refresh.click()
        return False

    until("the build succeeds", is_over)
    expect(outcome).to_contain_text(f"{environment} runs this build now")


def take_step(page: Page, label: str, environment: str) -> None:
    """Take the next step from a build's page and wait for the build it starts."""
    page.get_by_role("button", name=label).first.click()
    await_build(page, environment)


def datastream(page: Page, environment: str) -> str:
    """Return the datastream id of an environment, as its page shows it."""
    navigate(page, "Environments")
    card = page.locator("section.card", has=page.get_by_role("heading", name=environment))
    found = re.search(r"DS[0-9a-f]{32}", card.inner_text())
    assert found, card.inner_text()
    return found[0]


def send(collector: str, stream: str, event: dict[str, Any]) -> str:
    """Post one event to the collector as a server would; return the id it answered."""
    request = urllib.request.Request(
        f"{collector.rstrip('/')}/ee/v2/interact?datastreamId={stream}",
        data=json.dumps({"event": event}).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "Mozilla/5.0 (journey)"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: dict[str, Any] = json.load(answer)
    event_id: str = body["events"][0]["id"]
    return event_id


def received(sandbox: str, **wanted: str) -> list[dict[str, Any]]:
    """Return what the sandbox got, newest first; `wanted` narrows by pixel, event_id, ...."""
    query = "&".join(f"{key}={value}" for key, value in wanted.items())
    with urllib.request.urlopen(f"{sandbox.rstrip('/')}/received?{query}", timeout=10) as answer:
        events: list[dict[str, Any]] = json.load(answer)["events"]
    return events

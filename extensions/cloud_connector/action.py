"""The action Make a fetch call: its settings compiled into one call.

What it saves: the body of the answer as text, where the original keeps it, and beside it the
status, the headers and the body as JSON.
"""

from __future__ import annotations

import orjson

from extensions.cloud_connector.address import (
    SECRET_TO_GIVEN_HOST,
    compile_address,
    given_host,
    shown_host,
    shown_path,
)
from extensions.cloud_connector.body import JSON_TYPE, compile_body, is_json
from extensions.cloud_connector.headers import CONTENT_TYPE, compile_headers
from extensions.cloud_connector.pieces import Secrets, kept
from extensions.contract import (
    JSON,
    Action,
    Answered,
    Compiler,
    ComponentError,
    Kept,
    Scope,
    Send,
    Settings,
)

PACKAGE_ID = "adobe-cloud-connector"
TEXTS, RESULTS = (PACKAGE_ID, "responses"), (PACKAGE_ID, "results")
PATIENCE_SECONDS = 24 * 60 * 60
_DEEPEST = 32  # levels of an answer that is read as JSON, as of an event


def compile_action(settings: Settings, compiler: Compiler) -> Action:
    """Return what makes the call of one event."""
    method = settings.get("method", "GET")
    address = compile_address(settings, compiler)
    headers = compile_headers(settings, compiler)
    body = compile_body(settings, compiler)
    has_json = is_json(settings)
    key = str(settings.get("responseKey", "")).strip() if settings.get("saveResponse") else ""
    given, shown = given_host(settings["url"]), shown_path(settings["url"])
    component = compiler.name

    def call(scope: Scope) -> Send:
        where, secrets = address(scope), Secrets()
        pairs = headers(scope, secrets)
        content = kept(body(scope), secrets)
        if given and secrets.found:
            raise ComponentError(SECRET_TO_GIVEN_HOST)
        if has_json and content and all(name.lower() != CONTENT_TYPE for name, _ in pairs):
            pairs.append(["Content-Type", JSON_TYPE])
        name = f"{method} {given or where.host}{shown}"
        answered = scope.answers.get(component) if key else None
        return Send(
            # The references once more in the clear: calls with other secrets are another place.
            address={
                "origin": where.origin,
                "secrets": " ".join(secrets.found.values()),
                **secrets.found,
            },
            payload={
                "method": method,
                "path": where.asked,
                "headers": pairs,
                "body": content,
            },
            name=name,
            dedup_id="",
            expires_at=scope.now + PATIENCE_SECONDS,
            awaits=bool(key),
            kept=_kept(key, answered) if answered and not answered.failure else (),
            failure=f"The call {name} failed: {answered.failure}"
            if answered and answered.failure
            else "",
        )

    return call


def _kept(key: str, answered: Answered) -> tuple[Kept, ...]:
    result = {
        "status": answered.status,
        "headers": dict(answered.headers),
        "body": _parsed(answered.text),
    }
    return Kept((*TEXTS, key), answered.text), Kept((*RESULTS, key), result)


def _parsed(text: str) -> JSON:
    """Return the JSON a text spells, or the text."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if _is_within(value, _DEEPEST) else text


def _is_within(value: JSON, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    if not depth:
        return False
    inner = value.values() if isinstance(value, dict) else value
    return all(_is_within(item, depth - 1) for item in inner)


def summarise(settings: Settings) -> str:
    """Say in a few words what the action does."""
    return f"call {settings.get('method', 'GET')} {shown_host(settings.get('url'))}"

"""Where a payload goes: what all events of one request to Meta share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from extensions.contract import JSON, Compiler, ComponentError, Fixed, Scope, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.refusals import Refusal
from extensions.meta.sample import is_test_code
from extensions.meta.values import as_text

Addressing = Callable[[Scope], Mapping[str, str]]

# The keys of an address that hold secrets.
CREDENTIAL = "credential"
APP_SECRET = "app_secret"  # noqa: S105 - the name of a key, not a secret

_VERSION = re.compile(meta.API_VERSION_PATTERN)
_PARTNER_AGENT = re.compile(meta.PARTNER_AGENT_PATTERN)
_LONGEST_DATASET = 20
_SECRET = "appSecret"  # noqa: S105 - the name of a setting, not a secret


def is_dataset(text: str) -> bool:
    """Whether the text is a pixel (dataset) id: digits and nothing else."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_DATASET


def is_version(text: str) -> bool:
    """Whether the text is a version of the Graph API, such as v26.0."""
    return text.isascii() and _VERSION.fullmatch(text) is not None


def is_partner_agent(text: str) -> bool:
    """Whether the text has the form name_major_minor that Meta asks for."""
    return _PARTNER_AGENT.fullmatch(text) is not None


def compile_address(settings: Settings, compiler: Compiler) -> Addressing:
    """Return what gives the address of an event, or refuses the event that has none.

    A setting of the action takes the place of the extension's, also where it turns out empty:
    an event never goes to another pixel than the one its author chose.
    """
    configuration = compiler.configuration()
    version = as_text(configuration.get("apiVersion")) or meta.DEFAULT_API_VERSION
    if not is_version(version):
        return _without_version
    shared = {
        "api_version": version,
        "partner_agent": as_text(configuration.get("partnerAgent")) or meta.PARTNER_AGENT,
    }
    templates = tuple(
        settings.get(key) or configuration.get(key) for key in ("pixelId", "accessToken")
    )
    pixel, token = map(compiler.value, templates)
    code = test_code_of(settings, configuration, compiler.stage)
    # An app secret proves the tokens of its own app alone, and an action's is of another.
    secret = None if _is_own(settings, "accessToken", configuration) else configuration.get(_SECRET)
    wanted = [
        (key, template, read)
        for key, template, read in (
            ("test_event_code", code, _test_code),
            (APP_SECRET, secret, _app_secret),
        )
        if template is not None and template != ""
    ]
    optional = [(key, compiler.value(template), read) for key, template, read in wanted]
    if settings.get("isTestEvent") and not code:
        return _without_test_code

    def address(scope: Scope) -> dict[str, str]:
        found = {
            "dataset": _dataset(pixel(scope)),
            CREDENTIAL: _required(token(scope), "missing_access_token"),
            **shared,
        }
        for key, resolve, read in optional:
            found[key] = read(resolve(scope))
        return found

    resolvers = (pixel, token, *(resolve for _, resolve, _ in optional))
    is_known = all(isinstance(resolve, Fixed) for resolve in resolvers)
    return _remembered(address) if is_known else address


def _remembered(address: Callable[[Scope], dict[str, str]]) -> Addressing:
    """Return what finds out once where no event can change anything."""
    known: dict[str, str] = {}

    def remembered(scope: Scope) -> Mapping[str, str]:
        if not known:
            known.update(address(scope))
        return known.copy()

    return remembered


def connect(compiler: Compiler) -> Addressing:
    """Return what gives the address from the extension's settings alone.

    What is returned raises `ComponentError`, in words for a marketer, where there is none.
    """
    address = compile_address({}, compiler)

    def connected(scope: Scope) -> Mapping[str, str]:
        try:
            return address(scope)
        except Refusal as refusal:
            raise ComponentError(refusal.message) from None

    return connected


def test_code_of(settings: Settings, configuration: Settings, stage: str) -> JSON:
    """Return the code of the action, else that of the environment, which tests every event.

    A code belongs to one pixel, so that of the environment is none for another pixel.
    """
    own = settings.get("testEventCode") if settings.get("isTestEvent") else None
    if own or _is_own(settings, "pixelId", configuration):
        return own
    return stage_code(configuration, stage)


def stage_code(configuration: Settings, stage: str) -> str:
    """Return the code that makes every event of an environment a test event; mostly none."""
    codes = configuration.get("testEventCodes")
    return as_text(codes.get(stage)) or "" if isinstance(codes, Mapping) else ""


def _is_own(settings: Settings, key: str, configuration: Settings) -> bool:
    """Whether the action has a setting of the extension in a way of its own."""
    return bool(settings.get(key)) and settings.get(key) != configuration.get(key)


def _test_code(value: JSON) -> str:
    code = _required(value, "missing_test_event_code")
    if not is_test_code(code):
        raise Refusal("invalid_test_event_code")
    return code


def _app_secret(value: JSON) -> str:
    return _required(value, "missing_app_secret")


def _dataset(value: JSON) -> str:
    text = _required(value, "missing_pixel_id")
    if not is_dataset(text):
        raise Refusal("invalid_pixel_id")
    return text


def _without_version(scope: Scope) -> Mapping[str, str]:
    raise Refusal("invalid_api_version")


def _without_test_code(scope: Scope) -> Mapping[str, str]:
    raise Refusal("missing_test_event_code")


def _required(value: JSON, code: str) -> str:
    text = as_text(value)
    if not text:
        raise Refusal(code)
    return text

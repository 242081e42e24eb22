"""The catalog entry of the Meta Conversions API."""

from __future__ import annotations

from extensions.contract import Delegate, Package
from extensions.meta import schema
from extensions.meta import vocabulary as meta
from extensions.meta.action import compile_action, summarise
from extensions.meta.advice import advise, mark_action, mark_configuration
from extensions.meta.checks import check_action, check_configuration
from extensions.meta.checks.mistakes import MISTAKES
from extensions.meta.destination import MetaDestination
from extensions.meta.presets import PRESETS
from extensions.meta.refusals import MESSAGES

# The original's name, so that properties exported from it can be imported.
_ID = "facebook_conversions_api_extension"

SEND_EVENT = Delegate(
    id=f"{_ID}::actions::send_capi_data",
    name="Send Conversions API Event",
    description="Sends one event to a Meta pixel, normalised and hashed as Meta asks for.",
    schema=schema.ACTION,
    summarise=summarise,
    compile=compile_action,
    check=check_action,
    mark=mark_action,
    presets=PRESETS,
    failures=tuple(MESSAGES.values()),
    mistakes=MISTAKES,
)

PACKAGE = Package(
    id=_ID,
    name="Meta Conversions API Extension",
    publisher="CAPI Admin",
    version="1.0.0",
    promise="Send web and server events to Meta's Conversions API.",
    icon="meta.svg",
    schema=schema.CONFIGURATION,
    docs_url=meta.DOCS_OVERVIEW,
    check=check_configuration,
    advise=advise,
    mark=mark_configuration,
    actions=(SEND_EVENT,),
    destination=MetaDestination(),
)

"""Payloads as people are shown them: in the words of the package that sends them."""

from __future__ import annotations

from typing import Any

import structlog

import vault
from delivery.destinations import sender_of
from delivery.failures import described
from delivery.models import Destination
from delivery.views.opening import Opened
from extensions.contract import Send

logger = structlog.get_logger(__name__)

_UNTOLD = "cannot be shown: its extension is not on this server, or stopped with an error"


def told(payload: Opened, destination: Destination | None) -> Opened:
    """Return what is shown of a stored payload; it holds none of its secrets."""
    if payload.problem or destination is None:
        return payload
    sender = sender_of(destination.package)
    if sender is None:
        return Opened(problem=_UNTOLD)
    try:
        return Opened(sender.told(_address(destination), payload.value))
    except Exception as error:  # noqa: BLE001 - the rest of the page can still be shown
        logger.error("payload_not_told", package=destination.package, **described(error))
        return Opened(problem=_UNTOLD)


def _address(destination: Destination) -> dict[str, str]:
    try:
        return destination.address()
    except vault.CannotOpen:
        return {}  # the payload says enough without it


def would_send(package: str, send: Send) -> Any:
    """Return what is shown of a payload that only would be sent."""
    sender = sender_of(package)
    payload = dict(send.payload)
    return dict(sender.told(send.address, payload)) if sender else payload

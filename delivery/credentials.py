"""Open a destination's credential, for the one moment a request is made with it."""

from __future__ import annotations

from django.conf import settings

import vault
from delivery.models import Destination
from extensions.core.secret import referred
from rules.models import Secret


class NoCredential(Exception):
    """The credential cannot be had now. `code` is one of `delivery.reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_address(destination: Destination) -> dict[str, str]:
    """Return the address, with its credential still closed.

    Raises:
        NoCredential: the address is damaged, or its key has left the ring.
    """
    try:
        return destination.address()
    except vault.CannotOpen:
        raise NoCredential("credential_unreadable") from None


def open_credential(destination: Destination, credential: str) -> str:
    """Return the credential of an address in clear text.

    Raises:
        NoCredential: the secret is gone, its key has left the ring, or it is no token.
    """
    try:
        opened = _open(destination, credential)
    except Secret.DoesNotExist:
        raise NoCredential("secret_missing") from None
    except vault.CannotOpen:
        raise NoCredential("credential_unreadable") from None
    # Anything else cannot stand in a header, and the libraries below would quote it in an error.
    if not opened.isascii() or not opened.isprintable() or not opened or " " in opened:
        raise NoCredential("credential_malformed")
    return opened


def _open(destination: Destination, credential: str) -> str:
    secret_id = referred(credential)
    if secret_id:
        secrets = Secret.objects.filter(environment=destination.environment_id)
        return secrets.get(public_id=secret_id).open().strip()
    property_id = destination.environment.property.public_id
    return vault.open_text(settings.KEY_RING, credential, property_id).strip()

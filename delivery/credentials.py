"""Open a destination's credentials, for the one moment a request is made with them."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import connection

import vault
from delivery.destinations import credentials_of, sender_of
from delivery.models import Destination
from extensions.core.secret import referred
from rules.models import Secret


class NoCredential(Exception):
    """A credential cannot be had now. `code` is one of `delivery.reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_address(destination: Destination) -> dict[str, str]:
    """Return the address, with its credentials still closed.

    Raises:
        NoCredential: the address is damaged, or its key has left the ring.
    """
    try:
        return destination.address()
    except vault.CannotOpen:
        raise NoCredential("credential_unreadable") from None


def open_credentials(
    package: str, address: Mapping[str, str], environment_id: int
) -> dict[str, str]:
    """Return the credentials of a closed address in clear text, by their keys.

    Raises:
        NoCredential: a secret is gone, its key has left the ring, or it is no token.
    """
    opened = {
        name: _opened(address[name], environment_id)
        for name in credentials_of(package)
        if name in address
    }
    sender = sender_of(package)
    # Anything else cannot stand in a header, and the libraries below would quote it in an error.
    if sender is not None and not all(one and sender.takes(one) for one in opened.values()):
        raise NoCredential("credential_malformed")
    return opened


def _opened(credential: str, environment_id: int) -> str:
    try:
        return _open(credential, environment_id)
    except Secret.DoesNotExist:
        raise NoCredential("secret_missing") from None
    except vault.CannotOpen:
        raise NoCredential("credential_unreadable") from None


def _open(credential: str, environment_id: int) -> str:
    secret_id = referred(credential)
    if secret_id:
        return _secret(secret_id, environment_id).open().strip()
    property_id = _property_of(environment_id)
    return vault.open_text(settings.KEY_RING, credential, property_id).strip()


def _property_of(environment_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_PROPERTY, [environment_id])
        row = cursor.fetchone()
    if row is None:  # deleted while its request was made
        raise Secret.DoesNotExist
    return str(row[0])


def _secret(public_id: str, environment_id: int) -> Secret:
    for secret in Secret.objects.raw(_FIND, [public_id, environment_id]):
        return secret
    raise Secret.DoesNotExist


# Asked for each request.
_FIND = "SELECT * FROM rules_secret WHERE public_id = %s AND environment_id = %s"

_PROPERTY = """
SELECT p.public_id FROM rules_environment AS e JOIN rules_property AS p ON p.id = e.property_id
WHERE e.id = %s
"""

"""The demo's administrator, whose password is made here and kept in one file only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

from accounts.models import User
from demo import content

PASSWORD_FILE = "admin.txt"  # noqa: S105  the name of the file
_PASSWORD_BYTES = 18


def ensure_administrator() -> User:
    """Return the demo's administrator; make one, and the file, when nobody has the address.

    Raises:
        OSError: the file cannot be written.
    """
    found = User.objects.filter(email__iexact=content.ADMIN_EMAIL).first()
    if found is not None:
        return found
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    # The file first: a person whose password nobody knows could not be made a second time.
    text = f"email: {content.ADMIN_EMAIL}\npassword: {password}\n"
    _keep(settings.DATA_DIR / PASSWORD_FILE, text)
    return User.objects.create_superuser(content.ADMIN_EMAIL, password, name=content.ADMIN_NAME)


def _keep(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)

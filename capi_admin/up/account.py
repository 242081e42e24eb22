"""Which user runs PostgreSQL: it refuses to run as root, so root lends it another account."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from capi_admin.up.problem import CannotStart

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user of this system."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Give the path, and all that is below it, to this user."""
        if not path.is_symlink() and path.is_dir():
            for child in path.iterdir():
                self.own(child)
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def for_cluster(cluster: Path) -> Account | None:
    """Return the account to run a cluster's server with, or None for our own.

    Whoever made the cluster keeps it, so that a folder started once as a person and once as root
    works both times.

    Raises:
        CannotStart: we are root, and no account can be lent.
    """
    if os.geteuid() != 0:
        return None
    owner = cluster.stat().st_uid if cluster.exists() else 0
    for key in (owner or None, *_CANDIDATES):
        entry = _entry(key)
        if entry is not None:
            return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL does not run as root, and there is no user "
        f"{' or '.join(_CANDIDATES)} to run it. Start as another user, or set DATABASE_URL."
    )


def _entry(key: int | str | None) -> pwd.struct_passwd | None:
    try:
        if isinstance(key, str):
            return pwd.getpwnam(key)
        return None if key is None else pwd.getpwuid(key)
    except KeyError:
        return None

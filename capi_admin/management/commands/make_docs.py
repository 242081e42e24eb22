"""`manage.py make_docs`: make the generated parts of the docs anew."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from capi_admin.reference.parts import BadMarker, renewed

_DOCS = Path(__file__).resolve().parents[3] / "docs"


class Command(BaseCommand):
    """Run it with ``--settings capi_admin.up.settings``: it needs no database and no keys."""

    help = "Make the generated tables in docs/ anew from the code."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another folder, for tests."""
        parser.add_argument("folder", nargs="?", type=Path, default=_DOCS)

    def handle(self, *_args: object, folder: Path, **_options: object) -> None:
        """Rewrite the pages whose generated parts are out of date, and name them."""
        pages = sorted(folder.glob("*.md"))
        if not pages:
            raise CommandError(f"There are no pages in {folder}.")
        for page in pages:
            self._renew(page)

    def _renew(self, page: Path) -> None:
        text = page.read_text()
        try:
            new = renewed(text)
        except BadMarker as problem:
            raise CommandError(f"{page.name}: {problem}") from None
        if new != text:
            page.write_text(new)
            self.stdout.write(f"{page.name} is new.")

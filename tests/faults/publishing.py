"""Publishes builds of a place, breaks one, and says what each of them sends.

Run as a program against a product's database: `python -m tests.faults.publishing PROPERTY PAGE`.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tests.faults.oracle import Oracle
from tests.faults.places import Place
from tests.product import ROOT, Product

_SECONDS = 120


def publish(product: Product, place: Place, page: str) -> None:
    """Have events sent with another page address, and publish that build."""
    _run(product, place.property_id, page)


def pages(product: Product, place: Place) -> dict[int, str]:
    """Return the page address that each build sends."""
    found: dict[str, str] = json.loads(_run(product, place.property_id))
    return {int(key): page for key, page in found.items()}


def live_build(oracle: Oracle, place: Place) -> int:
    """Return the key of the build that is live."""
    query = "SELECT active_build_id FROM rules_environment WHERE id = %s"
    return int(oracle.rows(query, place.environment_id)[0][0])


def make_live(oracle: Oracle, place: Place, build: int) -> None:
    """Put a build live."""
    statement = "UPDATE rules_environment SET active_build_id = %s WHERE id = %s"
    oracle.change(statement, build, place.environment_id)


def break_one(oracle: Oracle, build: int) -> int:
    """Return a copy of a build whose document is damaged."""
    columns = ", ".join(
        name
        for (name,) in oracle.rows(
            "SELECT column_name::text FROM information_schema.columns"
            " WHERE table_name = 'rules_build'"
            " AND column_name NOT IN ('id', 'public_id', 'document', 'content_hash')"
        )
    )
    oracle.change(
        f"INSERT INTO rules_build (public_id, document, content_hash, {columns})"  # noqa: S608
        f" SELECT 'BL' || md5(random()::text), '\\x7b6261', md5(random()::text), {columns}"
        " FROM rules_build WHERE id = %s",
        build,
    )
    return int(oracle.rows("SELECT max(id) FROM rules_build")[0][0])


def _run(product: Product, *arguments: str) -> str:
    made = subprocess.run(
        (sys.executable, "-m", "tests.faults.publishing", *arguments),
        cwd=ROOT, env=product.environment(), capture_output=True, text=True, timeout=_SECONDS,
        check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return made.stdout


def _main(property_id: str, page: str = "") -> None:
    import django

    django.setup()

    from rules import building, publishing
    from rules.models import Build, Property, RuleComponent

    property_ = Property.objects.get(public_id=property_id)
    if not page:
        builds = {
            build.pk: json.loads(bytes(build.document or b"{}"))
            for build in property_.builds.filter(status=Build.Status.SUCCEEDED)
        }
        sys.stdout.write(json.dumps({key: _page_in(document) for key, document in builds.items()}))
        return
    for component in RuleComponent.objects.filter(rule__property=property_, kind="action"):
        component.settings = {**component.settings, "eventSourceUrl": page}
        component.save()
    library = property_.libraries.get()
    publishing.add_all_changed(library, None)
    build = publishing.request_build(library, None)
    while build.status == Build.Status.PENDING:
        building.run(build.public_id)
        build.refresh_from_db()
    assert build.status == Build.Status.SUCCEEDED, build.problems


def _page_in(document: object) -> str:
    """Return the first page address in a build, wherever it stands."""
    if isinstance(document, dict):
        if isinstance(document.get("eventSourceUrl"), str):
            return str(document["eventSourceUrl"])
        document = list(document.values())
    if isinstance(document, list):
        return next(filter(None, map(_page_in, document)), "")
    return ""


if __name__ == "__main__":
    _main(*sys.argv[1:])

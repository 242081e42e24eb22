"""The installed packages: the index of them, their pages, and which page each part stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from capi_admin.reference import setting_rows
from capi_admin.reference.delegates import KINDS, messages, page
from capi_admin.reference.markdown import code, link, sentences, table
from capi_admin.reference.refusals import told_by
from extensions import pages, registry
from extensions.contract import Package
from extensions.core.operators import OPERATORS
from extensions.meta.fields import USER_FIELDS

_RIGHT_OPERANDS = {
    "any": "text or a number, perhaps empty",
    "text": "text, not empty",
    "number": "a number",
    "none": "none",
}
_FROM_REQUEST = {"ip": "the visitor's address", "userAgent": "the visitor's browser"}


def index() -> str:
    """Return every package with its delegates, each with a link to its page."""
    return "\n\n".join(
        part for package in registry.packages().values() for part in _listed(package)
    )


def package(package_id: str) -> str:
    """Return the page of a package: what it is, its configuration, its delegates."""
    return "\n\n".join(_page(registry.packages()[package_id]))


def customer_information() -> str:
    """Return the table from the Meta action's settings to the keys of `user_data`."""
    rows = (
        (
            code(field.setting),
            code(field.key),
            "SHA-256" if field.is_hashed else "as it is",
            "a list" if field.many else "one value",
            _filled_from(field.automatic),
        )
        for field in USER_FIELDS
    )
    return table(("Setting", "Meta's key", "Sent", "Meta takes", "If left empty"), rows)


def operators() -> str:
    """Return the table of Value Comparison's operators."""
    rows = (
        (
            code(each.key),
            each.label,
            _RIGHT_OPERANDS[each.right],
            "yes" if each.has_case else "",
        )
        for each in OPERATORS.values()
    )
    return table(("Operator", "Label", "Right operand", "Case insensitive"), rows)


def _filled_from(automatic: str) -> str:
    if not automatic:
        return ""
    return _FROM_REQUEST.get(automatic, f"the cookie {code(automatic)}")


def _listed(package: Package) -> Iterator[str]:
    yield f"## {package.name}"
    more = link("its page", pages.of_package(package.id), pages.INDEX)
    yield sentences(package.promise, f"Package {code(package.id)}: see {more}.")
    yield from _delegates(package, pages.INDEX)


def _page(described: Package) -> Iterator[str]:
    yield f"# {described.name}"
    installed = "Installed in every property." if described.preinstalled else ""
    yield sentences(
        described.promise,
        f"Package {code(described.id)}, version {described.version}.",
        installed,
    )
    yield from _delegates(described, pages.of_package(described.id))
    tables = list(setting_rows.settings(described.schema))
    if tables:
        yield "## Configuration"
        yield from tables
    yield from messages(told_by(described))


def _delegates(package: Package, shown_on: str) -> Iterator[str]:
    """Yield the tables of a package's delegates, with links from the page they are shown on."""
    for kind in KINDS:
        delegates = getattr(package, kind.listed)
        if delegates:
            rows = (
                (
                    link(each.name, pages.of_delegate(each.id), shown_on),
                    code(each.id),
                    each.description,
                )
                for each in delegates
            )
            yield table((kind.name, "Id", "What it does"), rows)


def _parts() -> Iterator[tuple[str, str, Callable[[], str]]]:
    for described in registry.packages().values():
        name = f"package {described.id}"
        yield pages.of_package(described.id), name, partial(package, described.id)
        for delegate in described.delegates():
            name = f"delegate {delegate.id}"
            yield pages.of_delegate(delegate.id), name, partial(page, delegate.id)


# The page of each package and delegate, and the part that it holds.
PAGES = {f"{found}.md": name for found, name, _ in _parts()}
CHAPTERS = {name: make for _, name, make in _parts()}

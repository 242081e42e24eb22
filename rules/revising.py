"""Freeze heads into revisions, and tell what differs from what is upstream."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from rules.models import (
    DataElement,
    Extension,
    Library,
    LibraryRevision,
    Property,
    Resource,
    Revision,
    Rule,
)
from rules.models.resources import content_hash

# The columns after a library's own: what each state inherits.
UPSTREAM_STATES: dict[str, tuple[str, ...]] = {
    Library.State.DEVELOPMENT: ("submitted", "approved", "published"),
    Library.State.SUBMITTED: ("approved", "published"),
    Library.State.APPROVED: ("published",),
    Library.State.PUBLISHED: ("published",),
}
# The nearer to production, the lower it lies: what stands earlier here covers what comes later.
_NEAREST_FIRST = ("submitted", "approved", "published")


def lock_heads(property_: Property) -> None:
    """Keep everybody else from locking several heads of the property in this transaction.

    Who changes or freezes more than one head, or a library with them, begins here: two who took
    the same rows in another order would wait for each other. A save of a single head need not.
    """
    Property.objects.select_for_update(no_key=True).get(pk=property_.pk)


@transaction.atomic
def freeze(head: Resource, user: User | None) -> Revision:
    """Return a revision equal to the saved head: the latest if nothing changed, else a new one."""
    # Locked: two people freezing one head at once must not take the same number. Read again:
    # the database writes some numbers another way (1e22), and the hash is of what it keeps.
    head = type(head).objects.select_for_update().get(pk=head.pk)  # type: ignore[attr-defined]
    content = head.content()
    digest = content_hash(content)
    latest = Revision.objects.filter(resource_id=head.public_id).order_by("-number").first()
    if latest is not None and latest.content_hash == digest:
        return latest
    return Revision.objects.create(
        property_id=head.property_id,
        resource_id=head.public_id,
        kind=head.KIND,
        number=latest.number + 1 if latest else 1,
        name=head.name,
        content=content,
        content_hash=digest,
        created_by=user,
        **{head.KIND: head},
    )


def heads(property_: Property) -> Iterator[Resource]:
    """Yield every resource of a property: extensions, data elements, rules."""
    yield from Extension.objects.filter(property=property_)
    yield from DataElement.objects.filter(property=property_)
    yield from Rule.objects.filter(property=property_).prefetch_related("components")


def upstream(library: Library) -> dict[str, Revision]:
    """Return the revision of each resource that the library inherits, by the resource's id."""
    entries = LibraryRevision.objects.filter(
        library__property=library.property, library__state__in=UPSTREAM_STATES[library.state]
    ).exclude(library=library)
    if library.published_at is not None:
        entries = entries.filter(library__published_at__lt=library.published_at)
    nearest = sorted(
        entries.select_related("library", "revision"), key=lambda entry: _distance(entry.library)
    )
    found: dict[str, Revision] = {}
    for entry in nearest:
        found.setdefault(entry.resource_id, entry.revision)
    return found


def _distance(library: Library) -> tuple[int, float]:
    """Return what orders libraries from the nearest upstream to the farthest."""
    published = library.published_at.timestamp() if library.published_at else 0.0
    return _NEAREST_FIRST.index(library.state), -published


def composition(library: Library) -> list[Revision]:
    """Return every revision a build of the library holds: its own over its upstream."""
    merged = upstream(library)
    merged |= {revision.resource_id: revision for revision in library.revisions.all()}
    return list(merged.values())


def changed_heads(library: Library) -> list[Resource]:
    """Return the resources whose head differs from what a build of the library would hold."""
    built = {revision.resource_id: revision.content_hash for revision in composition(library)}
    return [
        head
        for head in heads(library.property)
        if built.get(head.public_id) != content_hash(head.content())
    ]


def latest_numbers(property_: Property) -> dict[str, int]:
    """Return the number of the newest revision of each resource, by the resource's id."""
    rows = Revision.objects.filter(property=property_).values_list("resource_id")
    return dict(rows.annotate(Max("number")))

"""The verbs of the Publishing Flow. Each checks the library's state; callers check rights."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from rules.models import Build, Environment, Library, LibraryRevision, Property, Resource, Revision
from rules.revising import changed_heads, freeze, lock_heads
from rules.waking import wake

State = Library.State
Stage = Environment.Stage

# The stage a library is built to in each state; building to production is publishing.
STAGE_OF = {
    State.DEVELOPMENT: Stage.DEVELOPMENT,
    State.SUBMITTED: Stage.STAGING,
    State.APPROVED: Stage.PRODUCTION,
    State.PUBLISHED: Stage.PRODUCTION,
}
_BUILT_IN = frozenset({State.DEVELOPMENT, State.SUBMITTED, State.APPROVED})


class NotPossible(Exception):
    """The step cannot be taken now. The message says why, to the person who tried."""


@transaction.atomic
def create_library(
    property_: Property, name: str, user: User | None, environment: Environment | None = None
) -> Library:
    """Create a library; without an environment it takes the first free development one."""
    environment = environment or _free_development(property_)
    library = Library.objects.create(
        property=property_, name=name, environment=environment, created_by=user
    )
    _record(library, "library.created", user)
    return library


@transaction.atomic
def rename(
    library: Library, name: str, environment: Environment | None, user: User | None
) -> Library:
    """Give a library another name or development environment.

    Raises:
        NotPossible: it is no longer in Development, or another library holds the environment.
    """
    library = _locked(library, State.DEVELOPMENT)
    library.name = name
    library.environment = environment
    try:
        with transaction.atomic():
            library.save(update_fields=["name", "environment"])
    except IntegrityError:
        raise NotPossible("Another library took the environment just now.") from None
    _record(library, "library.renamed", user)
    return library


def add(library: Library, resources: Iterable[Resource], user: User | None) -> list[Revision]:
    """Freeze the resources as they are now and put the revisions into the library.

    Raises:
        NotPossible: the library is no longer in Development.
    """
    with transaction.atomic():
        lock_heads(library.property)
        library = _locked(library, State.DEVELOPMENT)
        revisions = [freeze(resource, user) for resource in resources]
        for revision in revisions:
            LibraryRevision.objects.update_or_create(
                library=library,
                resource_id=revision.resource_id,
                defaults={"revision": revision, "added_by": user},
            )
        _touch(library)
        _record(library, "library.changed", user, added=len(revisions))
    return revisions


@transaction.atomic
def add_all_changed(library: Library, user: User | None) -> list[Revision]:
    """Add every resource whose head differs from what the library would build; see `add`."""
    lock_heads(library.property)  # a new name that is on its way is in every head, or in none
    return add(library, changed_heads(library), user)


@transaction.atomic
def remove(library: Library, resource_id: str, user: User | None) -> None:
    """Take a resource out of the library; what is upstream of it shows through again.

    Raises:
        NotPossible: the library is no longer in Development.
    """
    library = _locked(library, State.DEVELOPMENT)
    library.entries.filter(resource_id=resource_id).delete()
    _touch(library)
    _record(library, "library.changed", user, removed=1)


@transaction.atomic
def submit(library: Library, user: User | None) -> Library:
    """Development → Submitted: frees the development environment.

    Raises:
        NotPossible: it is empty, or its last build is missing, failed or out of date.
    """
    library = _locked(library, State.DEVELOPMENT)
    if not library.entries.exists():
        raise NotPossible("The library is empty. Add a resource first.")
    if not has_current_build(library):
        raise NotPossible("Build the library to Development first, with success.")
    return _move(library, State.SUBMITTED, None, user, "library.submitted")


@transaction.atomic
def approve(library: Library, user: User | None) -> Library:
    """Submitted → Approved: frees staging.

    Raises:
        NotPossible: it is not in Submitted.
    """
    library = _locked(library, State.SUBMITTED)
    return _move(library, State.APPROVED, None, user, "library.approved")


@transaction.atomic
def reject(library: Library, user: User | None) -> Library:
    """Submitted or Approved → Development, where it can be edited again.

    Raises:
        NotPossible: it is in another state.
    """
    library = _locked(library, State.SUBMITTED, State.APPROVED)
    environment = _free_development(library.property)
    return _move(library, State.DEVELOPMENT, environment, user, "library.rejected")


@transaction.atomic
def delete(library: Library, user: User | None) -> None:
    """Remove a library that is in Development; builds made of it stay where they are.

    Raises:
        NotPossible: it is no longer in Development.
    """
    library = _locked(library, State.DEVELOPMENT)
    _record(library, "library.deleted", user)
    library.delete()


@transaction.atomic
def request_build(library: Library, user: User | None) -> Build:
    """Queue a build to the environment of the library's state; a worker runs it.

    Raises:
        NotPossible: there is no environment for it, another library holds it, a build of this
            library is already under way, it is published, or it has left the state in which the
            caller saw it.
    """
    # The caller judged rights by the state it saw: nobody may publish with the right to develop.
    library = _locked(library, *_BUILT_IN.intersection({State(library.state)}))
    if library.builds.filter(status=Build.Status.PENDING).exists():
        raise NotPossible("A build of this library is already under way.")
    if not library.entries.exists():
        raise NotPossible("The library is empty. Add a resource first.")
    environment = _take_environment(library)
    build = Build.objects.create(
        property=library.property,
        library=library,
        library_name=library.name,
        environment=environment,
        created_by=user,
    )
    audit.record(
        user, "build.requested", property_id=library.property.public_id,
        object_id=build.public_id, name=str(build),
    )  # fmt: skip
    transaction.on_commit(partial(wake, build.public_id))
    return build


def has_current_build(library: Library) -> bool:
    """Whether the last build succeeded in the library's environment after its last change."""
    last = library.builds.defer("document", "problems").order_by("-id").first()
    return (
        last is not None
        and last.status == Build.Status.SUCCEEDED
        and last.environment_id == library.environment_id
        and last.created_at >= library.changed_at
    )


@transaction.atomic
def publish(library: Library) -> None:
    """Approved → Published, as the last act of a build to production that succeeded."""
    library = _locked(library, State.APPROVED)
    library.published_at = timezone.now()
    _move(library, State.PUBLISHED, None, None, "library.published")


def _take_environment(library: Library) -> Environment:
    stage = STAGE_OF[State(library.state)]
    current = library.environment
    if current is not None and current.stage == stage:
        return current
    if stage == Stage.DEVELOPMENT:
        environment = _free_development(library.property)
    else:
        environment = library.property.environments.filter(stage=stage).first()
    if environment is None:
        raise NotPossible("Every development environment is held by another library.")
    library.environment = environment
    try:
        with transaction.atomic():
            library.save(update_fields=["environment"])
    except IntegrityError:
        holder = Library.objects.open().get(environment=environment)
        raise NotPossible(f"{environment.name} is held by the library “{holder.name}”.") from None
    return environment


def _free_development(property_: Property) -> Environment | None:
    held = Library.objects.open().filter(environment__isnull=False).values("environment")
    free = property_.environments.filter(stage=Stage.DEVELOPMENT).exclude(pk__in=held)
    return free.first()


def _locked(library: Library, *states: str) -> Library:
    locked = Library.objects.select_for_update().filter(pk=library.pk).first()
    if locked is None:
        raise NotPossible("The library has been deleted.")
    if locked.state not in states:
        raise NotPossible(f"The library is in {locked.get_state_display()} now.")
    return locked


def _move(
    library: Library, state: str, environment: Environment | None, user: User | None, action: str
) -> Library:
    library.state = state
    library.environment = environment
    library.save(update_fields=["state", "environment", "published_at"])
    _record(library, action, user)
    return library


def _touch(library: Library) -> None:
    library.changed_at = timezone.now()
    library.save(update_fields=["changed_at"])


def _record(library: Library, action: str, user: User | None, **detail: int) -> None:
    audit.record(
        user, action, property_id=library.property.public_id,
        object_id=library.public_id, name=library.name, **detail,
    )  # fmt: skip

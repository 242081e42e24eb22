"""Run a queued build: collect, check, compile, and put it live in one step."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from extensions.core.secret import SECRET, chosen_for
from rules import proofreading, publishing
from rules.assembling import assemble_for
from rules.engine import (
    BuildError,
    Finding,
    Program,
    canonical,
    check_document,
    label_of,
    marks_in,
)
from rules.engine.needs import needs_in
from rules.models import Build, Environment, Library, Secret
from rules.revising import composition

log = structlog.get_logger(__name__)

STALE_AFTER = timedelta(minutes=2)  # longer than a task may run: its worker is gone


def run(public_id: str) -> None:
    """Run the build if nobody else does; running it twice changes nothing.

    The moment of the claim fences it: a worker that froze, and whose build another one took over,
    finds that moment gone and writes nothing.
    """
    build = _claim(public_id)
    if build is None:
        return
    try:
        document = _collect(build)
        problems = _check(build, document)
        _step(build, Build.Step.COMPILING)
        Program(document)
        build.needs = needs_in(document)
    except BuildError as error:
        _fail(build, error.findings)
    except Exception:
        log.exception("build.broke", build=build.public_id)
        _fail(build, [Finding("error", "", "", "", "The build broke off by a fault of ours.")])
    else:
        _activate(build, document, problems)


def unfinished(now: Any = None) -> list[str]:
    """Return the ids of builds that wait for a worker, or whose worker is gone."""
    started_before = (now or timezone.now()) - STALE_AFTER
    pending = Build.objects.filter(status=Build.Status.PENDING)
    waiting = pending.filter(started_at__isnull=True) | pending.filter(
        started_at__lt=started_before
    )
    return list(waiting.values_list("public_id", flat=True))


@transaction.atomic
def _claim(public_id: str) -> Build | None:
    build = (
        Build.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("library", "environment", "property")
        .filter(public_id=public_id, status=Build.Status.PENDING)
        .first()
    )
    if build is None:
        return None
    if build.started_at is not None and build.started_at > timezone.now() - STALE_AFTER:
        return None
    build.started_at = timezone.now()
    build.step = Build.Step.COLLECTING
    build.save(update_fields=["started_at", "step"])
    return build


def _collect(build: Build) -> dict[str, Any]:
    if build.library is None:
        raise BuildError([Finding("error", "", build.library_name, "", "The library is deleted.")])
    contents = [(revision.kind, revision.content) for revision in composition(build.library)]
    return assemble_for(build.environment, contents)


def _check(build: Build, document: dict[str, Any]) -> list[Finding]:
    _step(build, Build.Step.CHECKING)
    today = timezone.now().date()
    existing = set(build.property.data_elements.values_list("name", flat=True))
    checked = check_document(document, today, existing)
    unreadable = proofreading.findings_in(document)
    findings = [*checked, *unreadable, *_missing_secrets(build, document)]
    if any(finding.severity == "error" for finding in findings):
        raise BuildError(findings)
    return findings


def _missing_secrets(build: Build, document: dict[str, Any]) -> list[Finding]:
    """Find Secret data elements whose secret is not there for the build's environment."""
    secrets = Secret.objects.filter(property=build.property).select_related("environment")
    known = {secret.public_id: secret.environment for secret in secrets}
    missing = []
    field = f"secrets.{document['stage']}"
    for content in document["data_elements"]:
        chosen = chosen_for(content["settings"], document["stage"])
        homes = [known.get(one["id"]) for one in chosen]
        if not content["enabled"] or not chosen or build.environment in homes:
            continue
        message = _not_here([one["name"] for one in chosen], homes, build.environment)
        label = label_of(SECRET.schema, field)
        missing.append(
            Finding("error", content["id"], content["name"], field, message, label=label)
        )
    return missing


def _not_here(names: list[str], homes: list[Environment | None], here: Environment) -> str:
    """Say where the chosen secrets belong instead; None is nowhere: they have been deleted."""
    where = [
        f"{name} belongs to {home}" if home else f"{name} has been deleted"
        for name, home in zip(names, homes, strict=True)
    ]
    if len(where) > 1:
        return f"No secret is chosen for {here}, where this build goes: {', '.join(where)}."
    return f"The secret {where[0]}{f'; this build goes to {here}' if homes[0] else ''}."


def _step(build: Build, step: Build.Step) -> None:
    build.step = step
    _ours(build).update(step=step)


def _ours(build: Build) -> QuerySet[Build]:
    """The build's row, as long as it is still the one that was claimed here."""
    return Build.objects.filter(
        pk=build.pk, status=Build.Status.PENDING, started_at=build.started_at
    )


@transaction.atomic
def _fail(build: Build, findings: list[Finding]) -> None:
    if not _ours(build).select_for_update().exists():
        return
    build.status = Build.Status.FAILED
    build.problems = [asdict(finding) for finding in findings]
    build.finished_at = timezone.now()
    build.save(update_fields=["status", "problems", "finished_at"])
    log.info("build.failed", build=build.public_id, problems=len(findings))


@transaction.atomic
def _activate(build: Build, document: dict[str, Any], problems: list[Finding]) -> None:
    """Store the outcome and switch the environment to it: both, or neither."""
    if not _ours(build).select_for_update().exists():
        return
    # A deleted or rejected library must not reach its environment by a build that was under way.
    library = _locked_library(build)
    if library is None or library.environment_id != build.environment_id:
        _fail(build, [Finding("error", "", build.library_name, "", "The library has moved on.")])
        return
    build.document = canonical(document)
    build.content_hash = hashlib.sha256(build.document).hexdigest()
    build.problems = [asdict(problem) for problem in problems]
    build.marks = [asdict(mark) for mark in marks_in(document)]
    build.status = Build.Status.SUCCEEDED
    build.step = Build.Step.DONE
    build.finished_at = timezone.now()
    build.save()
    Environment.objects.filter(pk=build.environment_id).update(
        active_build=build, activated_at=build.finished_at
    )
    if build.environment.stage == Environment.Stage.PRODUCTION:
        publishing.publish(library)
    audit.record(
        build.created_by, "build.activated", property_id=build.property.public_id,
        object_id=build.public_id, name=str(build),
    )  # fmt: skip
    log.info("build.succeeded", build=build.public_id, bytes=len(build.document))


def _locked_library(build: Build) -> Library | None:
    if build.library is None:
        return None
    return Library.objects.select_for_update().filter(pk=build.library.pk).first()

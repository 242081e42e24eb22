"""`seed_demo` makes a demo that works at once, and never makes it twice."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from delivery.models import Event, QueuedEvent
from demo import administrator, content, seeding
from rules.models import (
    Build,
    DataElement,
    Datastream,
    Environment,
    Extension,
    Library,
    Property,
    Rule,
    Secret,
)
from rules.revising import changed_heads

MODELS = (
    User,
    Property,
    Extension,
    DataElement,
    Rule,
    Secret,
    Library,
    Build,
    Datastream,
    Event,
    QueuedEvent,
)


def _counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in MODELS}


def _account(data_dir: Path) -> dict[str, str]:
    lines = (data_dir / "admin.txt").read_text().splitlines()
    return dict(line.split(": ") for line in lines)


def test_seeding_twice_gives_one_of_each(demo: Property) -> None:
    once = _counts()
    call_command("seed_demo", verbosity=0)
    assert _counts() == once
    assert once["Property"] == once["User"] == once["Library"] == 1
    assert once["Event"] == len(content.happenings())


def test_every_environment_has_a_live_build(demo: Property) -> None:
    live = {environment.stage: environment.active_build for environment in demo.environments.all()}
    assert set(live) == set(Environment.Stage.values)
    assert all(build is not None and build.is_live for build in live.values())


def test_builds_have_no_problems(demo: Property) -> None:
    assert [build.problems for build in demo.builds.all()] == [[], [], []]


def test_library_is_published(demo: Property) -> None:
    library = demo.libraries.get()
    assert library.state == Library.State.PUBLISHED
    assert changed_heads(library) == []


def test_administrator_signs_in_with_the_password_of_the_file(
    demo: Property, data_dir: Path
) -> None:
    account = _account(data_dir)
    person = User.objects.get(email=account["email"])
    assert person.check_password(account["password"])
    assert person.is_superuser


def test_password_file_is_for_its_owner_only(demo: Property, data_dir: Path) -> None:
    assert (data_dir / "admin.txt").stat().st_mode & 0o777 == 0o600


def test_password_is_not_printed(db: None, data_dir: Path) -> None:
    said = StringIO()
    call_command("seed_demo", stdout=said, stderr=said)
    assert _account(data_dir)["password"] not in said.getvalue()


def test_password_of_a_person_who_is_there_is_left_alone(db: None, data_dir: Path) -> None:
    User.objects.create_superuser(content.ADMIN_EMAIL.upper(), "chosen by the person")
    call_command("seed_demo", verbosity=0)
    assert User.objects.get().check_password("chosen by the person")
    assert not (data_dir / "admin.txt").exists()


def test_password_that_cannot_be_kept_makes_no_administrator(
    db: None, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(administrator, "_keep", refuse)
    with pytest.raises(PermissionError):
        seeding.seed()
    assert not User.objects.exists()


def test_content_that_does_not_build_leaves_nothing_behind(
    db: None, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(content.ELEMENTS, "Event Type")
    with pytest.raises(seeding.SeedingFailed, match="Event Type"):
        seeding.seed()
    assert set(_counts().values()) == {0}


def test_addresses_are_written_for_the_welcome(demo: Property, data_dir: Path) -> None:
    stream = Datastream.objects.get(environment__stage=Environment.Stage.PRODUCTION)
    found = json.loads((data_dir / "demo.json").read_text())
    assert found == {"datastream": stream.public_id, "shop_url": "/demo/"}


def test_addresses_are_written_again_when_they_are_lost(demo: Property, data_dir: Path) -> None:
    (data_dir / "demo.json").unlink()
    call_command("seed_demo", verbosity=0)
    assert (data_dir / "demo.json").exists()


def test_property_that_was_changed_is_left_as_it_is(demo: Property) -> None:
    Rule.objects.filter(property=demo, name="Purchase").update(enabled=False)
    call_command("seed_demo", verbosity=0)
    assert not Rule.objects.get(property=demo, name="Purchase").enabled


def test_each_environment_has_a_token_of_its_own(demo: Property) -> None:
    tokens = {secret.environment.stage: secret.open() for secret in demo.secrets.all()}
    assert set(tokens) == set(Environment.Stage.values)
    assert len(set(tokens.values())) == len(tokens)


def test_no_token_stands_in_a_build(demo: Property) -> None:
    tokens = [secret.open().encode() for secret in demo.secrets.all()]
    documents = b"".join(bytes(build.document) for build in demo.builds.all())
    assert not any(token in documents for token in tokens)

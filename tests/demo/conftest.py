"""A seeded demo, whose files go to a temporary folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from demo import content
from rules.models import Property


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """An empty DATA_DIR that does not exist yet."""
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def demo(db: None, data_dir: Path) -> Property:
    """The demo's property, as `seed_demo` makes it."""
    call_command("seed_demo", verbosity=0)
    return Property.objects.get(name=content.PROPERTY)

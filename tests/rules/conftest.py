"""What the tests of rules have in common."""

from __future__ import annotations

import pytest
from django.test import Client

from rules.models import Property
from tests.rules.editor import Editor


@pytest.fixture
def editor_(admin_client: Client, property_: Property) -> Editor:
    return Editor(admin_client, property_)

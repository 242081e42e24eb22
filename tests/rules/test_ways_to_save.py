"""The three ways to save: by itself, to the library, and with a build."""

from __future__ import annotations

import pytest

from accounts.models import User
from rules import publishing
from rules.models import Build, WorkingLibrary
from tests.rules.editor import Editor, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def working(editor_: Editor) -> WorkingLibrary:
    """The administrator works in an empty library."""
    found = publishing.create_library(editor_.property, "Spring", None)
    return WorkingLibrary.objects.create(
        user=User.objects.get(), property=editor_.property, library=found
    )


def test_save_puts_nothing_into_the_library(editor_: Editor, working: WorkingLibrary) -> None:
    editor_.new_element(save="save")
    assert working.library.entries.count() == 0


def test_save_to_library_puts_a_revision_into_it(editor_: Editor, working: WorkingLibrary) -> None:
    response = editor_.new_element(save="library")
    assert [entry.revision.name for entry in working.library.entries.all()] == ["A"]
    assert told(response) == ["“A” is saved and in the library “Spring”."]


def test_save_to_library_and_build_leads_to_the_build(
    editor_: Editor, working: WorkingLibrary
) -> None:
    response = editor_.new_element(save="build")
    assert response["Location"] == Build.objects.get(library=working.library).get_absolute_url()


def test_resource_is_saved_though_it_cannot_be_built(
    editor_: Editor, working: WorkingLibrary
) -> None:
    editor_.new_element(save="build")
    response = editor_.new_element(name="B", save="build")
    assert told(response)[-1] == "“B” is saved. A build of this library is already under way."
    assert working.library.entries.count() == 2


def test_without_a_working_library_save_is_all_there_is(editor_: Editor) -> None:
    response = editor_.new_element(save="build")
    assert told(response) == ["“A” is saved."]
    assert not Build.objects.exists()

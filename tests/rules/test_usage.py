"""Who uses a data element, and how a new name reaches every token."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from rules import drafting, usage
from rules.models import DataElement, Property, RuleDraft
from rules.provisioning import create_property
from tests.rules.making import again, constant, element, library, meta, rule

pytestmark = pytest.mark.django_db


def rename(found: DataElement, name: str) -> None:
    old, found.name = found.name, name
    found.save()
    usage.rename_data_element(found, old)


# --- Who uses it ------------------------------------------------------------------------------


def test_unused_element_has_no_users(property_: Property) -> None:
    found = element(property_)
    constant(property_, "Other", "{{Another}}")
    assert usage.of_data_element(found) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"pixelId": "{{Event Type}}"},
        {"pixelId": "x {{ Event Type }} y"},
        {"deep": {"list": [1, ["{{Event Type}}"]]}},
    ],
)
def test_extension_with_its_token_uses_it(property_: Property, settings: dict[str, Any]) -> None:
    found = element(property_)
    installed = meta(property_, **settings)
    assert usage.of_data_element(found) == [installed]


def test_element_and_rule_with_its_token_use_it(property_: Property) -> None:
    found = element(property_)
    other, holder = constant(property_, "Other", "{{Event Type}}"), rule(property_)
    assert usage.of_data_element(found) == [other, holder]


def test_element_is_no_user_of_itself(property_: Property) -> None:
    found = constant(property_, "A", "{{A}}")
    assert usage.of_data_element(found) == []


@pytest.mark.parametrize("name", ["Event", "event type", "Event Type 2"])
def test_similar_name_is_another_element(property_: Property, name: str) -> None:
    rule(property_)
    assert usage.of_data_element(element(property_, name)) == []


def test_element_of_another_property_is_not_used(property_: Property) -> None:
    rule(property_)
    assert usage.of_data_element(element(create_property("Other", None))) == []


def code(property_: Property, source: str) -> DataElement:
    return DataElement.objects.create(
        property=property_,
        name="Coded",
        delegate="core::dataElements::custom-code",
        settings={"source": source},
    )


def test_element_that_asks_for_it_in_code_uses_it(property_: Property) -> None:
    found = element(property_)
    asking = code(property_, "return await getDataElementValue('Event Type')")
    assert usage.of_data_element(found) == [asking]


def test_rule_that_asks_for_it_in_code_uses_it(property_: Property) -> None:
    found, holder = element(property_), rule(property_)
    part = holder.components.get()
    part.delegate = "core::conditions::custom-code"
    part.settings = {"source": 'return (await getDataElementValue("Event Type")) === 1'}
    part.save()
    assert usage.of_data_element(found) == [holder]


def test_braces_and_comments_in_code_are_no_use(property_: Property) -> None:
    found = element(property_)
    code(property_, "if (1) {{Event Type}} // getDataElementValue('Event Type')")
    assert usage.of_data_element(found) == []


# --- A new name -------------------------------------------------------------------------------


def test_new_name_reaches_every_token(property_: Property) -> None:
    found = element(property_)
    holders = [
        meta(property_, pixelId="{{Event Type}}", deep=[{"a": "x{{ Event Type }}y{{Other}}"}]),
        constant(property_, "Other", "{{Event Type}}{{Event Type}}"),
        rule(property_).components.get(),
    ]
    rename(found, "Kind")
    assert [again(holder).settings for holder in holders] == [
        {"pixelId": "{{Kind}}", "deep": [{"a": "x{{Kind}}y{{Other}}"}]},
        {"value": "{{Kind}}{{Kind}}"},
        holders[2].settings | {"leftOperand": "{{Kind}}"},
    ]


def test_new_name_reaches_code_and_leaves_the_rest_of_it(property_: Property) -> None:
    found = element(property_)
    asks = "getDataElementValue('Event Type')"
    holder = code(property_, f"// Event Type\nreturn await {asks} + '{{{{Event Type}}}}'")
    rename(found, "Visitor's kind")
    assert again(holder).settings == {
        "source": "// Event Type\nreturn await getDataElementValue('Visitor\\'s kind')"
        " + '{{Event Type}}'"
    }


def test_new_name_reaches_code_in_drafts(property_: Property, admin: User) -> None:
    found, holder = element(property_), rule(property_)
    draft = drafting.draft_of(holder, admin)
    draft.content["components"][0] |= {
        "delegate": "core::conditions::custom-code",
        "settings": {"source": "return getDataElementValue('Event Type')"},
    }
    draft.save()
    rename(found, "Kind")
    [part] = again(draft).content["components"]
    assert part["settings"] == {"source": "return getDataElementValue('Kind')"}


@pytest.mark.parametrize("name", [r"\1 \g<0>", "größe", "a.b*c", "Event Type (new)"])
def test_any_new_name_is_written_as_it_is(property_: Property, name: str) -> None:
    found = element(property_)
    holder = constant(property_, "Other", "<{{Event Type}}>")
    rename(found, name)
    assert again(holder).settings == {"value": f"<{{{{{name}}}}}>"}


def test_text_that_only_looks_alike_stays(property_: Property) -> None:
    found = element(property_)
    text = "Event Type {Event Type} {{Event}} {{Event Type 2}}"
    holder = constant(property_, "Other", text)
    rename(found, "Kind")
    assert again(holder).settings == {"value": text}


def test_new_name_reaches_the_drafts_of_everybody(
    property_: Property, admin: User, editor: User
) -> None:
    found, holder = element(property_), rule(property_)
    for user in (admin, editor):
        drafting.draft_of(holder, user).save()
    rename(found, "Kind")
    told = [draft.content["components"][0]["settings"] for draft in RuleDraft.objects.all()]
    assert [settings["leftOperand"] for settings in told] == ["{{Kind}}", "{{Kind}}"]


def test_draft_saved_after_the_rename_does_not_bring_the_old_name_back(
    property_: Property, admin: User
) -> None:
    found, holder = element(property_), rule(property_)
    drafting.draft_of(holder, admin).save()
    rename(found, "Kind")
    drafting.save(drafting.draft_of(again(holder), admin), admin)
    assert holder.components.get().settings["leftOperand"] == "{{Kind}}"


def test_form_opened_before_the_rename_is_told_so(property_: Property) -> None:
    found, holder = element(property_), constant(property_, "Other", "{{Event Type}}")
    rename(found, "Kind")
    assert again(holder).lock_version == holder.lock_version + 1


def test_rule_opened_before_the_rename_is_told_so(property_: Property, admin: User) -> None:
    found, holder = element(property_), rule(property_)
    found.updated_by = admin
    opened = drafting.draft_of(holder, admin)
    rename(found, "Kind")
    assert (again(holder).lock_version, again(holder).updated_by) == (2, admin)
    with pytest.raises(drafting.Overtaken):
        drafting.save(opened, admin)


def test_draft_overtaken_before_the_rename_is_still_so(
    property_: Property, admin: User, editor: User
) -> None:
    found, holder = element(property_), rule(property_)
    drafting.draft_of(holder, admin).save()
    drafting.save(drafting.draft_of(holder, editor), editor)
    rename(found, "Kind")
    with pytest.raises(drafting.Overtaken):
        drafting.save(drafting.draft_of(again(holder), admin), admin)


def test_rename_leaves_what_does_not_hold_the_token_as_it_was(
    property_: Property, admin: User
) -> None:
    found = element(property_)
    others = [meta(property_, pixelId="1"), constant(property_, "Other", "x"),
              rule(property_, left="{{Other}}")]  # fmt: skip
    draft = drafting.draft_of(others[2], admin)  # type: ignore[arg-type]
    draft.save()
    before = [again(other).updated_at for other in others]
    with CaptureQueriesContext(connection) as queries:
        rename(found, "Kind")
    assert [again(other).updated_at for other in others] == before
    written = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert [sql.split('"')[1] for sql in written] == ["rules_dataelement"]  # its own name


def test_property_with_the_same_name_is_left_alone(property_: Property) -> None:
    found = element(property_)
    holder = constant(create_property("Other", None), "Other", "{{Event Type}}")
    rename(found, "Kind")
    assert again(holder).settings == {"value": "{{Event Type}}"}


def test_revisions_keep_the_name_they_were_frozen_with(property_: Property) -> None:
    found = element(property_)
    rule(property_)
    held = library(property_)
    rename(found, "Kind")
    [frozen] = held.revisions.filter(kind="rule")
    assert frozen.content["components"][0]["settings"]["leftOperand"] == "{{Event Type}}"

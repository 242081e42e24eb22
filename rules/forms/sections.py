"""The sections of a form: what stands first, what stands among the further fields, what is folded.

The page is laid out for what the form holds when it is drawn, and works as it is. Its script
judges the same conditions again whenever a deciding control changes; so every field and section
carries them along, with its place in the schema's order.

A field whose `show_if` does not hold is hidden by the script alone: without JavaScript nothing
could bring it back. What stands in it stays stored, so that nothing typed is lost by trying
another choice; a package ignores the settings that do not belong to the choice made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.forms.boundfield import BoundField

from rules.forms import conditions
from rules.forms.fields import SettingField

if TYPE_CHECKING:
    from rules.forms.settings import SettingsForm


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading. `order` is its place in the schema."""

    heading: str
    order: int
    fields: list[BoundField]
    hints: Mapping[str, Any]
    is_shown: bool
    matters: bool
    is_filled: bool  # or has an error

    @property
    def is_first(self) -> bool:
        """Whether it stands among those that matter."""
        return self.matters or self.is_filled

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded."""
        return self.is_filled or (self.matters and not self.hints.get("collapsed"))

    @property
    def folds(self) -> bool:
        """Whether it can be folded at all."""
        return bool(self.hints.get("collapsed") or "matters_if" in self.hints)

    @property
    def main(self) -> list[BoundField]:
        """The fields that matter."""
        return [bound for bound in self.fields if not _has(bound, "is_further")]

    @property
    def further(self) -> list[BoundField]:
        """The others, which stand under More fields."""
        return [bound for bound in self.fields if _has(bound, "is_further")]

    @property
    def further_count(self) -> int:
        """How many of the further fields can be seen."""
        return sum(_has(bound, "is_shown") for bound in self.further)

    @property
    def has_further(self) -> bool:
        """Whether a field is, or may become, a further one."""
        return any(_has(bound, "is_further") or _has(bound, "matters_if") for bound in self.fields)

    @property
    def further_is_open(self) -> bool:
        """Whether the further fields are unfolded: one is filled or refused."""
        return any(_has(bound, "is_filled") for bound in self.further)

    @property
    def show_if(self) -> str:
        """The condition under which it is shown, for the script."""
        return conditions.for_browser(self.hints.get("show_if"))

    @property
    def matters_if(self) -> str:
        """The condition under which it matters, for the script."""
        return conditions.for_browser(self.hints.get("matters_if"))


def sections_of(form: SettingsForm) -> list[Section]:
    """Return the form's sections: first those that matter, in the schema's order."""
    hints: Mapping[str, Any] = form.described.schema.get("ui", {}).get("sections", {})
    grouped = groupby(form.setting_fields, key=lambda field: field.section)
    sections = [
        _section(form, heading, order, fields, hints.get(heading, {}))
        for order, (heading, fields) in enumerate(grouped)
    ]
    return sorted(sections, key=lambda section: not section.is_first)


def _section(
    form: SettingsForm,
    heading: str,
    order: int,
    fields: Iterable[SettingField],
    hints: Mapping[str, Any],
) -> Section:
    bounds = [_judged(form, place, field) for place, field in enumerate(fields)]
    if len(bounds) == 1:
        only: Any = bounds[0].field
        only.is_headed = bounds[0].label == heading  # and need not say it again
    is_filled = any(_has(bound, "is_filled") for bound in bounds)
    shown = form.matters(hints.get("show_if"))
    return Section(
        heading=heading,
        order=order,
        fields=bounds,
        hints=hints,
        is_shown=shown or any(bound.errors for bound in bounds),
        matters=shown and form.matters(hints.get("matters_if")),
        is_filled=is_filled,
    )


def _judged(form: SettingsForm, order: int, field: SettingField) -> BoundField:
    """Return the bound field, marked with what its conditions say of it now."""
    bound, made, ui = form[field.path], form.made[field.path], field.ui
    judgement: Any = made
    judgement.order = order
    judgement.is_shown = form.matters(ui.get("show_if")) or bool(bound.errors)
    judgement.is_further = bool(ui.get("further")) or not form.matters(ui.get("matters_if"))
    judgement.always_further = bool(ui.get("further"))
    judgement.is_filled = form.is_filled(field) or bool(bound.errors)
    if "required_if" in ui:
        judgement.is_needed = judgement.always_needed or form.needs(ui["required_if"])
    return bound


def _has(bound: BoundField, mark: str) -> bool:
    return bool(getattr(bound.field, mark, False))

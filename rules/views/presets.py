"""The presets of an action in its editor: choose one, look at what it would fill, fill it.

Each is a step of the editor's own form, so what was entered travels along and comes back with
what the preset adds. Only Keep Changes, later, puts it into the rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django.contrib import messages
from django.template.defaultfilters import pluralize

from extensions.contract import Delegate, Preset, Settings
from rules import presetting
from rules.access import AdminRequest
from rules.forms.conditions import for_browser
from rules.forms.fields import SettingField, to_form
from rules.forms.parts import PartsField
from rules.forms.settings import SettingsForm

_BUTTON, _PREVIEW, _FILL = "preset_step", "preview", "fill"  # any other value puts it away
_CHANGED = (
    "These fields changed since the preview was made. Please look at them again: those that are "
    "filled now are not ticked any more."
)
_UNREADABLE = (
    "“{}” holds something that cannot be read, and filling it would lose that. Please correct it "
    "first, or fill the other fields alone."
)
_NOTHING_TICKED = "Tick the fields that the preset shall fill."


class Deciding(NamedTuple):
    """A needed field that is empty, and the condition under which it still is."""

    label: str
    if_empty: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What the editor shows of presets: those on offer, a preview, or what came of one."""

    presets: tuple[Preset, ...] = ()
    plan: presetting.Plan | None = None
    ticked: frozenset[str] = frozenset()
    warning: str = ""
    filled: presetting.Filled | None = None
    deciding: tuple[Deciding, ...] = ()  # what has to be chosen first, as presets follow it

    @property
    def creates(self) -> bool:
        """Whether the preview has data elements that do not exist yet."""
        return self.plan is not None and any(one.is_new for one in self.plan.elements())

    @property
    def words(self) -> str:
        """What was done, in one sentence."""
        if self.filled is None:
            return ""
        fields, elements = len(self.filled.fields), len(self.filled.created)
        return (
            f"{fields} field{pluralize(fields)} filled, "
            f"{elements or 'no'} data element{pluralize(elements)} created."
        )


def is_presetting(request: AdminRequest) -> bool:
    """Whether the form was posted for a step with presets, not to be saved."""
    return _BUTTON in request.POST


def preset_panel(request: AdminRequest, stored: Settings, form: SettingsForm | None) -> Panel:
    """Do the step that was posted, if one was; return what to show of presets.

    `form` shows what was entered and gets what is filled; it was opened on `stored`.
    """
    presets = _offered(form)
    step, asked = request.POST.get(_BUTTON), request.POST.get("preset")
    preset = next((preset for preset in presets if preset.id == asked), None)
    if form is None or preset is None or step not in {_PREVIEW, _FILL}:
        return Panel(presets, deciding=_deciding(form) if form else ())
    delegate = cast(Delegate, form.described)
    entered = _Entered(delegate, form.property, stored, request.POST)
    entered.full_clean()
    plan = presetting.plan(form.property, delegate, preset, entered.settings())
    if step == _PREVIEW:
        return Panel(presets, plan, frozenset(plan.suggested()))
    ticked = frozenset(request.POST.getlist("preset_field"))
    if request.POST.get("preset_seen") != plan.fingerprint():
        return Panel(presets, plan, ticked & plan.suggested(), _CHANGED)
    warning = _refusal(plan, ticked, entered)
    if warning:
        return Panel(presets, plan, ticked, warning)
    filled = presetting.apply(form.property, plan, ticked, request.user)
    _show(form, filled)
    panel = Panel(presets, filled=filled, deciding=_deciding(form))
    messages.success(request, panel.words)
    return panel


class _Entered(SettingsForm):
    """What stands in the form, complete or not: it is judged when it is kept."""

    def clean(self) -> dict[str, Any]:
        """Judge nothing, so that no field is dropped."""
        return self.cleaned_data

    def unreadable(self) -> list[str]:
        """Return the fields that hold more than their settings say, such as a row with a fault."""
        return [
            path
            for path, made in self.made.items()
            if isinstance(made, PartsField) and made.faults(self.cleaned_data.get(path))
        ]


def _offered(form: SettingsForm | None) -> tuple[Preset, ...]:
    """Return the presets whose data elements the property's extensions offer."""
    presets = cast(Delegate, form.described).presets if form else ()
    if form is None or not presets:
        return ()
    enabled = form.property.extensions.filter(enabled=True)
    installed = set(enabled.values_list("package", flat=True))
    return tuple(preset for preset in presets if _packages_of(preset) <= installed)


def _deciding(form: SettingsForm) -> tuple[Deciding, ...]:
    empty = [
        field
        for field in form.setting_fields
        if _is_needed(field) and form.current(field.path) in (None, "")
    ]
    return tuple(
        Deciding(str(form.made[field.path].label), for_browser({"field": field.path, "in": [None]}))
        for field in empty
    )


def _is_needed(field: SettingField) -> bool:
    return field.required or bool(field.ui.get("required"))


def _packages_of(preset: Preset) -> set[str]:
    return {spec["delegate"].partition("::")[0] for spec in preset.elements.values()}


def _refusal(plan: presetting.Plan, ticked: Collection[str], entered: _Entered) -> str:
    """Return why the ticked fields cannot be filled; empty if they can."""
    rows = [row for row in plan.rows if row.field in ticked]
    if not rows:
        return _NOTHING_TICKED
    for path in entered.unreadable():
        # A field that is filled as a whole is shown in the preview, whatever it holds.
        if any(row.field != path and _is_in(row.field, path) for row in rows):
            return _UNREADABLE.format(entered.fields[path].label)
    return ""


def _show(form: SettingsForm, filled: presetting.Filled) -> None:
    """Put what was filled into the form; its other fields keep what was entered."""
    for field in form.setting_fields:
        if any(_is_in(name, field.path) for name in filled.fields):
            setting = presetting.setting_at(filled.settings, field.path)
            form.initial[field.path] = to_form(field, form.made[field.path], setting)


def _is_in(name: str, path: str) -> bool:
    return f"{name}.".startswith(f"{path}.")

"""The presets of an action in its editor: choose one, look at what it would fill, fill it.

Each is a step of the editor's own form, so what was entered travels along and comes back with
what the preset adds. Only Keep Changes, later, puts it into the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.template.defaultfilters import pluralize

from extensions.contract import Delegate, Preset, Settings
from rules import presetting
from rules.access import AdminRequest
from rules.forms.settings import SettingsForm
from rules.models import Property

_BUTTON, _PREVIEW, _FILL = "preset_step", "preview", "fill"  # any other value puts it away
_CHANGED = (
    "These fields changed since the preview was made. Please look at them again: those that are "
    "filled now are not ticked any more."
)
_NOTHING_TICKED = "Tick the fields that the preset shall fill."


@dataclass(frozen=True, slots=True)
class Panel:
    """What the editor shows of presets: those on offer, a preview, or what came of one."""

    presets: tuple[Preset, ...] = ()
    plan: presetting.Plan | None = None
    ticked: frozenset[str] = frozenset()
    warning: str = ""
    filled: presetting.Filled | None = None
    form: SettingsForm | None = None  # the settings form with the fields filled

    @property
    def words(self) -> str:
        """What was done, in one sentence."""
        if self.filled is None:
            return ""
        fields, elements = self.filled.fields, len(self.filled.created)
        return (
            f"{fields} field{pluralize(fields)} filled, "
            f"{elements or 'no'} data element{pluralize(elements)} created."
        )


def is_presetting(request: AdminRequest) -> bool:
    """Whether the form was posted for a step with presets, not to be saved."""
    return _BUTTON in request.POST


def preset_panel(
    request: AdminRequest, property_: Property, delegate: Delegate | None, stored: Settings
) -> Panel:
    """Do the step that was posted, if one was; return what to show of presets.

    `stored` are the settings that the form was opened on.
    """
    presets = _offered(property_, delegate)
    step, asked = request.POST.get(_BUTTON), request.POST.get("preset")
    preset = next((preset for preset in presets if preset.id == asked), None)
    if delegate is None or preset is None or step not in {_PREVIEW, _FILL}:
        return Panel(presets)
    entered = _Entered(delegate, property_, stored, request.POST)
    entered.full_clean()
    plan = presetting.plan(property_, delegate, preset, entered.settings())
    if step == _PREVIEW:
        return Panel(presets, plan, frozenset(plan.suggested()))
    ticked = frozenset(request.POST.getlist("preset_field"))
    if request.POST.get("preset_seen") != plan.fingerprint():
        return Panel(presets, plan, ticked & plan.suggested(), _CHANGED)
    if ticked.isdisjoint(row.field for row in plan.rows):
        return Panel(presets, plan, ticked, _NOTHING_TICKED)
    filled = presetting.apply(property_, plan, ticked, request.user)
    panel = Panel(presets, filled=filled, form=_refilled(entered, filled.settings))
    messages.success(request, panel.words)
    return panel


class _Entered(SettingsForm):
    """What stands in the form, complete or not: it is judged when it is kept."""

    def clean(self) -> dict[str, Any]:
        """Judge nothing, so that no field is dropped."""
        return self.cleaned_data


def _offered(property_: Property, delegate: Delegate | None) -> tuple[Preset, ...]:
    """Return the presets whose data elements the property's extensions offer."""
    if delegate is None or not delegate.presets:
        return ()
    installed = set(property_.extensions.filter(enabled=True).values_list("package", flat=True))
    return tuple(preset for preset in delegate.presets if _packages_of(preset) <= installed)


def _packages_of(preset: Preset) -> set[str]:
    return {spec["delegate"].partition("::")[0] for spec in preset.elements.values()}


def _refilled(entered: SettingsForm, settings: Settings) -> SettingsForm:
    """Return the form on other settings; secrets that were typed into it travel along, sealed."""
    form = SettingsForm(entered.described, entered.property, settings)
    form.carried = entered.carried
    return form

"""The condition and action editors: Keep Changes puts the component into the draft."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.models import Right
from extensions.contract import Delegate, Settings
from rules import drafting, grouping, ids
from rules.access import AdminRequest, in_property
from rules.forms import doubts
from rules.forms.delegates import Kind, chosen_delegate, delegate_choices, docs_page
from rules.forms.revisiting import changed, is_revisit
from rules.forms.settings import SettingsForm
from rules.models import Property, RuleDraft
from rules.views.pages import INVALID, page
from rules.views.picking import picker_context
from rules.views.presets import is_presetting, preset_panel
from rules.views.recent import recent_context
from rules.views.saving import warn_of

REGULAR, EXCEPTION = "regular", "exception"
PARTIALS = {"delegate-settings", "preset-panel"}


class ComponentForm(forms.Form):
    """What every component has: a name, and for a condition its logic type."""

    logic = forms.ChoiceField(
        label="Logic Type",
        choices=[
            (REGULAR, "Regular – actions run when the condition is met"),
            (EXCEPTION, "Exception – actions are blocked when the condition is met"),
        ],
        widget=forms.RadioSelect,
        required=False,
        initial=REGULAR,
    )
    name = forms.CharField(
        label="Name",
        max_length=255,
        required=False,
        help_text="How the card in the rule is called. Empty: the type's own name.",
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != "condition":
            del self.fields["logic"]


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def new(request: AdminRequest, property_: Property, draft_id: UUID, kind: str) -> HttpResponse:
    """Add a condition or an action to a draft."""
    if kind not in drafting.KINDS:
        raise Http404("There are conditions and actions.")
    blank = {
        "id": ids.component_id(),
        "kind": kind,
        "name": "",
        "delegate": "",
        "settings": {},
        "negate": False,
    }
    group = request.GET.get("group", "")

    def made(draft: RuleDraft) -> drafting.Component:
        is_there = kind == "condition" and group in grouping.names(draft)
        return blank | ({"group": group} if is_there else {})

    return _edit(request, property_, draft_id, made, is_new=True)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def edit(
    request: AdminRequest, property_: Property, draft_id: UUID, component_id: str
) -> HttpResponse:
    """Edit a component of a draft."""

    def found(draft: RuleDraft) -> drafting.Component | None:
        return drafting.component(draft, component_id)

    return _edit(request, property_, draft_id, found, is_new=False)


@transaction.atomic
def _edit(
    request: AdminRequest,
    property_: Property,
    draft_id: UUID,
    find: Callable[[RuleDraft], drafting.Component | None],
    *,
    is_new: bool,
) -> HttpResponse:
    revisit = request.method == "POST" and _comes_back(request)
    keeps = request.method == "POST" and not revisit
    draft = drafting.begun_draft(property_, request.user, draft_id, lock=keeps)
    if draft is None:
        messages.info(request, "These changes were saved or discarded already.")
        return redirect("rules:rules", property_.public_id)
    component = find(draft)
    if component is None:
        messages.info(request, "This component is not in the rule any more.")
        return redirect("rules:rules", property_.public_id)
    kind = cast(Kind, f"{component['kind']}s")
    usual = component["delegate"] or _usual(property_, kind)
    delegate = chosen_delegate(request, property_, kind, usual)
    data = changed(request.POST) if request.method == "POST" else None
    form = _head_form(component, data, revisit)
    stored = _stored(delegate, component)
    settings = _settings_form(delegate, property_, stored, data, revisit)
    if keeps and settings and _can_be_kept(form, settings, request.POST):
        drafting.keep(draft, _changed(component, form, settings))
        draft.save()
        warn_of(request, settings)
        messages.success(request, "Kept in the rule. Save the rule to store it.")
        return redirect(draft)
    preset = preset_panel(request, stored, settings)
    context = {
        "draft": draft,
        "component": component,
        "is_new": is_new,
        "is_condition": component["kind"] == "condition",
        "form": form,
        "settings_form": settings,
        "preset": preset,
        "delegate": delegate,
        "docs_page": docs_page(delegate),
        "mark": delegate.mark(stored) if delegate and stored else "",
        "types": delegate_choices(property_, kind),
        **recent_context(settings),
        **picker_context(request, property_),
    }
    has_errors = form.errors or (settings is not None and settings.is_refused)
    return page(
        request,
        "rules/component.html",
        context,
        partial=request.htmx.target if request.htmx.target in PARTIALS else "",
        status=INVALID if has_errors else HTTPStatus.OK,
    )


def _usual(property_: Property, kind: Kind) -> str:
    """Return the type to begin with: of actions one that sends, else empty for the first."""
    return next(
        (
            choice.delegates[0].id
            for choice in delegate_choices(property_, kind)
            if kind == "actions" and choice.package.destination
        ),
        "",
    )


def _comes_back(request: AdminRequest) -> bool:
    """Whether the form was posted for a step on the way, not to be kept."""
    return is_revisit(request.POST) or is_presetting(request)


def _head_form(component: drafting.Component, data: Any, revisit: bool) -> ComponentForm:
    initial = {
        "name": component["name"],
        "logic": EXCEPTION if component["negate"] else REGULAR,
    }
    if revisit:
        return ComponentForm(component["kind"], initial=initial | data.dict())
    return ComponentForm(component["kind"], data, initial=initial)


def _stored(delegate: Delegate | None, component: drafting.Component) -> Settings:
    """Return the component's settings, as long as they are those of the chosen type."""
    is_same = delegate is not None and component["delegate"] == delegate.id
    return cast(Settings, component["settings"]) if is_same else {}


def _settings_form(
    delegate: Delegate | None, property_: Property, stored: Settings, data: Any, revisit: bool
) -> SettingsForm | None:
    if delegate is None:
        return None
    form = SettingsForm(delegate, property_, stored, data, revisit=revisit)
    doubts.opened(form, stored, data)
    return form


def _can_be_kept(form: ComponentForm, settings: SettingsForm, data: QueryDict) -> bool:
    # A list: the person should see the errors of both forms at once.
    return all([form.is_valid(), settings.is_valid()]) and not doubts.hold_back(settings, data)


def _changed(
    component: drafting.Component, form: ComponentForm, settings: SettingsForm
) -> drafting.Component:
    delegate = cast(Delegate, settings.described)
    return component | {
        "name": form.cleaned_data["name"] or delegate.name,
        "negate": form.cleaned_data.get("logic") == EXCEPTION,
        "delegate": delegate.id,
        "settings": settings.settings(),
    }

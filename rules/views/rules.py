"""Rules: the list and the editor, which works on a draft until it is saved."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import RestrictedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import Right
from rules import drafting, grouping, sentences
from rules.access import AdminRequest, in_property
from rules.engine.logic import TOP
from rules.models import Property, Rule, RuleDraft
from rules.pointing import field_of
from rules.views.pages import INVALID, page
from rules.views.saving import saved, switch, working_library

_GROUP = "group"  # what may be added besides a condition and an action
_NEW = "new"  # a group that is made for the condition that is put into it


@require_safe
@in_property(None)
def index(request: AdminRequest, property_: Property) -> HttpResponse:
    """List the property's rules, each as a sentence."""
    drafts = RuleDraft.objects.filter(user=request.user, property=property_, is_changed=True)
    edited = {draft.rule_id: draft for draft in drafts.filter(rule__isnull=False)}
    rules = property_.rules.select_related("updated_by").prefetch_related("components")
    rows = [_row(rule, edited.get(rule.pk)) for rule in rules]
    begun = [_begun(draft) for draft in drafts.filter(rule=None).order_by("-updated_at")]
    return page(request, "rules/rules.html", {"rows": rows, "begun": begun})


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def new(request: AdminRequest, property_: Property) -> HttpResponse:
    """Open the editor on a rule that does not exist yet."""
    with transaction.atomic():
        outcome = _editor(request, drafting.blank_draft(property_, request.user))
    return _answer(request, outcome)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def rule(request: AdminRequest, property_: Property, rule_id: str) -> HttpResponse:
    """Open the editor on a rule, with the person's unsaved changes if there are any."""
    if request.method == "GET":
        found = get_object_or_404(property_.rules, public_id=rule_id)
        draft = drafting.draft_of(found, request.user)
        if draft._state.adding:
            return _page(request, draft)
        asked = request.GET.urlencode()
        return redirect(f"{draft.get_absolute_url()}?{asked}" if asked else draft)
    with transaction.atomic():
        locked = get_object_or_404(property_.rules.select_for_update(), public_id=rule_id)
        draft = drafting.draft_of(locked, request.user, lock=True)
        if draft._state.adding and request.POST.get("base_version") != str(draft.base_version):
            draft.base_version = drafting.OVERTAKEN
        outcome = _editor(request, draft)
    return _answer(request, outcome)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def draft(request: AdminRequest, property_: Property, draft_id: UUID) -> HttpResponse:
    """Go on with a draft. Nobody sees the draft of another person."""
    is_change = request.method == "POST"
    with transaction.atomic():
        own = drafting.begun_draft(property_, request.user, draft_id, lock=is_change)
        if own is None:
            messages.info(request, "These changes were saved or discarded already.")
            return redirect("rules:rules", property_.public_id)
        outcome = _editor(request, own)
    return _answer(request, outcome)


@require_POST
@in_property(Right.DEVELOP)
def enable(request: AdminRequest, property_: Property, rule_id: str) -> HttpResponse:
    """Enable or disable a rule; like any change it counts once it is published."""
    switch(request, property_.rules.all(), rule_id)
    return redirect("rules:rules", property_.public_id)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def delete(request: AdminRequest, property_: Property, rule_id: str) -> HttpResponse:
    """Delete a rule that no library holds."""
    found = get_object_or_404(property_.rules, public_id=rule_id)
    if request.method == "GET":
        context = {
            "title": f"Delete “{found}”?",
            "text": "Builds that are live keep their own copy.",
            "label": "Delete",
            "cancel_url": found.get_absolute_url(),
            "danger": True,
        }
        return page(request, "confirm.html", context)
    try:
        with transaction.atomic():
            _record(request, found, "rule.deleted")
            found.delete()
    except RestrictedError:
        messages.error(request, f"“{found}” is in a library. Disable it and publish that instead.")
        return redirect("rules:rules", property_.public_id)
    messages.success(request, f"“{found.name}” is deleted.")
    return redirect("rules:rules", property_.public_id)


def _begun(draft: RuleDraft) -> dict[str, Any]:
    """Return a rule that was never saved, as the list shows it."""
    return {"draft": draft, "sentence": sentences.of_rule(draft.content)}


def _row(rule: Rule, draft: RuleDraft | None) -> dict[str, Any]:
    content = rule.content()
    return {
        "rule": rule,
        "sentence": sentences.of_rule(content),
        "marks": sentences.marks(content["components"]),
        "draft": draft,
    }


def _editor(request: AdminRequest, draft: RuleDraft) -> HttpResponse | Rule:
    """Do what was posted with a draft; return the page to show, or the rule when it was saved."""
    if request.method == "GET":
        return _page(request, draft)
    if "discard" in request.POST:
        return _discard(request, draft)
    _apply(request, draft)
    if "save" in request.POST:
        return _save(request, draft)
    draft.save()
    return redirect(_next_step(request, draft))


def _answer(request: AdminRequest, outcome: HttpResponse | Rule) -> HttpResponse:
    """Go on from a saved rule. A library is locked before its rules, so theirs are freed first."""
    if isinstance(outcome, Rule):
        return saved(request, outcome, reverse("rules:rules", args=[request.property.public_id]))
    return outcome


def _apply(request: AdminRequest, draft: RuleDraft) -> None:
    """Take over what the form holds: name, state, order, and a card that was moved or removed."""
    posted = request.POST
    before = (draft.content["name"], draft.content["enabled"])
    draft.content["name"] = posted.get("name", "").strip()[:255]
    draft.content["enabled"] = "enabled" in posted
    draft.is_changed |= before != (draft.content["name"], draft.content["enabled"])
    _group(request, draft)
    for kind in drafting.KINDS:
        drafting.arrange(draft, kind, posted.getlist(f"order_{kind}"))
    if "delete" in posted:
        drafting.remove(draft, posted["delete"])
    if "ungroup" in posted:
        grouping.dissolve(draft, posted["ungroup"])
    if posted.get("add") == _GROUP:
        grouping.add(draft)
    for button, by in (("move_up", -1), ("move_down", 1)):
        if button in posted:
            drafting.move(draft, posted[button], by)


def _group(request: AdminRequest, draft: RuleDraft) -> None:
    """Take over how conditions are joined, and the group each stands in."""
    posted = request.POST
    for name in (TOP, *grouping.names(draft)):
        grouping.join(draft, name, posted.get(f"logic_{name}"))
    for part in drafting.components(draft, "condition"):
        group = posted.get(f"group_{part['id']}")
        if group == _NEW:
            group = grouping.add(draft)
        if group is not None:
            grouping.put(draft, part["id"], group)


def _next_step(request: AdminRequest, draft: RuleDraft) -> str:
    property_id = draft.property.public_id
    kind, _, group = request.POST.get("add", "").partition("|")
    if kind in drafting.KINDS:
        address = reverse("rules:new_component", args=[property_id, draft.pk, kind])
        return f"{address}?{urlencode({'group': group})}" if group else address
    if "edit" in request.POST:
        component = request.POST["edit"]
        field = field_of(request.GET.get("at", ""), component)
        address = reverse("rules:component", args=[property_id, draft.pk, component])
        return f"{address}#id_{field}" if field else address
    return draft.get_absolute_url()


def _discard(request: AdminRequest, draft: RuleDraft) -> HttpResponse:
    rule = draft.rule
    if not draft._state.adding:
        draft.delete()
    messages.info(request, "Your unsaved changes are discarded.")
    return redirect(rule or reverse("rules:rules", args=[draft.property.public_id]))


def _save(request: AdminRequest, draft: RuleDraft) -> HttpResponse | Rule:
    if not draft.content["name"]:
        return _refuse(request, draft, "Please specify a name.")
    try:
        return drafting.save(draft, request.user)
    except (drafting.Overtaken, drafting.NameTaken) as error:
        return _refuse(request, draft, str(error))


def _refuse(request: AdminRequest, draft: RuleDraft, message: str) -> HttpResponse:
    draft.is_changed = True
    # The form of a rule that does not exist yet posts to where it began: a draft kept now would be
    # left behind there.
    if draft.rule is not None or not draft._state.adding:
        draft.save()
    return _page(request, draft, message)


def _page(request: AdminRequest, draft: RuleDraft, error: str = "") -> HttpResponse:
    conditions = grouping.conditions(draft)
    context: dict[str, Any] = {
        "draft": draft,
        "rule": draft.rule,
        "error": error,
        "conditions": sentences.members(conditions),
        "kind": conditions.kind,
        "joints": grouping.JOINTS.items(),
        "actions": sentences.cards(drafting.components(draft, "action")),
        "sentence": sentences.of_rule(draft.content),
        "library": working_library(request, draft.property),
        "is_saved_draft": not draft._state.adding,
        "since": draft.updated_at if draft.is_changed else None,
    }
    status = INVALID if error else HTTPStatus.OK
    return page(request, "rules/rule.html", context, status=status)


def _record(request: AdminRequest, found: Rule, action: str) -> None:
    audit.record(
        request.user, action, property_id=request.property.public_id,
        object_id=found.public_id, name=found.name,
    )  # fmt: skip

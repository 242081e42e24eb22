"""One event told in full: what came in, what the rules made of it, what was sent and answered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Right
from delivery.models import Event, EventBody, Replay, ReplayedEvent
from delivery.outcomes import LIVE_EVENT, EventOutcome
from delivery.views import words
from delivery.views.opening import opened
from delivery.views.rows import marks_of, owed_by, state
from delivery.views.sends import ANSWERS, Chain, Origins, RuleLink, chains_of, sends_of
from delivery.views.story import Story, story_of
from delivery.views.words import Owed, Words
from rules.access import AdminRequest, in_property
from rules.models import Datastream, Environment, Property, Rule
from rules.views.pages import page

POLLER = "event-poller"  # id of the element that asks


@dataclass(frozen=True, slots=True)
class Refusal:
    """An action that fired but might not send."""

    rule: RuleLink
    action: str
    words: Words
    notices: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Round:
    """What had become of the event before a replay."""

    kept: ReplayedEvent
    words: Words
    by: str
    others: list[Chain]  # deliveries of then that the event does not owe now


@require_safe
@in_property(None)
def event(request: AdminRequest, property_: Property, event_id: str) -> HttpResponse:
    """Show an event, or what has changed of it since the page was made."""
    found = get_object_or_404(Event.objects.of(property_), pk=uuid.UUID(event_id))
    owed = owed_by([found])[found.id]
    now = state(found, [one.delivery for one in owed])
    is_asking = bool(request.htmx and request.htmx.target == POLLER)
    if is_asking and now and request.GET.get("state") == now:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = _told(property_, found, owed, with_answers=_may_read_answers(request)) | {
        "words": words.of_event(found, owed),
        "poll_url": f"?state={now}" if now else "",
        "is_news": is_asking,
        "may_publish": Right.PUBLISH in request.rights,
        "may_send_again": _may_send_again(request, found),
    }
    template = "delivery/_event_news.html" if is_asking else "delivery/event.html"
    return page(request, template, context)


def _may_read_answers(request: AdminRequest) -> bool:
    return not request.rights.isdisjoint(ANSWERS)


def _told(
    property_: Property, found: Event, owed: Sequence[Owed], *, with_answers: bool
) -> dict[str, Any]:
    build = property_.builds.filter(pk=found.build_id).first() if found.build_id else None
    body = opened(EventBody.objects.filter(pk=found.id).first())
    story = story_of(found, build, body)
    rules = _rules(property_, story, found, owed)
    return {
        "event": found,
        "body": body,
        "build": build,
        "environment": Environment.objects.filter(pk=found.environment_id).first(),
        "datastream": Datastream.objects.filter(pk=found.datastream_id).first(),
        "story": _linked(story, rules),
        "sends": sends_of(found, owed, rules, _origins(story), with_answers=with_answers),
        "marks": marks_of(owed),
        "refusals": _refusals(found, story, rules),
        "rounds": _rounds(found, owed, with_answers=with_answers),
    }


def _rounds(found: Event, owed: Sequence[Owed], *, with_answers: bool) -> list[Round]:
    kept = list(ReplayedEvent.objects.filter(event_id=found.id).order_by("-number"))
    if not kept:
        return []
    people = dict(
        Replay.objects.filter(pk__in={one.replay_id for one in kept}).values_list(
            "pk", "created_by"
        )
    )
    now = {one.delivery.component for one in owed}
    chains = chains_of(found, with_answers=with_answers)
    others = [chain for chain in chains if chain.kept.component not in now]
    return [
        Round(
            one,
            _then(one, chains),
            people.get(one.replay_id, "a replay no longer stored"),
            [chain for chain in others if chain.kept.replay_id == one.replay_id],
        )
        for one in kept
    ]


def _then(kept: ReplayedEvent, chains: Sequence[Chain]) -> Words:
    """Return why the event stood where it stood, as one of its deliveries or its code tells it."""
    deciding = [
        chain.words
        for chain in chains
        if chain.kept.replay_id == kept.replay_id and chain.kept.reason == kept.reason
    ]
    if not kept.reason:
        return Words("")
    return next(iter(deciding), Words(words.title_of_code(kept.reason)))


def _may_send_again(request: AdminRequest, found: Event) -> bool:
    return Right.PUBLISH in request.rights and found.outcome not in {
        *LIVE_EVENT,
        EventOutcome.DELIVERED,
        EventOutcome.ERASED,
    }


def _linked(story: Story, rules: dict[str, RuleLink]) -> Story:
    linked = [replace(rule, url=rules[rule.id].url) for rule in story.rules]
    return replace(story, rules=linked)


def _rules(
    property_: Property, story: Story, found: Event, owed: Sequence[Owed]
) -> dict[str, RuleLink]:
    """Return every rule the page names, as it was called then, with a link if it still exists."""
    names = {one.delivery.rule: "" for one in owed}
    names |= {refusal.get("rule", ""): "" for refusal in found.refusals}
    names |= {rule.id: rule.name for rule in story.rules}
    heads = Rule.objects.filter(property=property_, public_id__in=names)
    now = dict(heads.values_list("public_id", "name"))
    return {
        rule_id: RuleLink(
            name or now.get(rule_id, "a deleted rule"),
            reverse("rules:rule", args=[property_.public_id, rule_id]) if rule_id in now else "",
        )
        for rule_id, name in names.items()
    }


def _origins(story: Story) -> Origins:
    return {part.id: part.origins for rule in story.rules for part in rule.actions}


def _refusals(found: Event, story: Story, rules: dict[str, RuleLink]) -> list[Refusal]:
    names = {part.id: part.name for rule in story.rules for part in rule.actions}
    return [
        Refusal(
            rules[refusal.get("rule", "")],
            names.get(refusal.get("component", ""), "Action"),
            words.of_message(refusal.get("message", "")),
            refusal.get("notices", []),
        )
        for refusal in found.refusals
    ]

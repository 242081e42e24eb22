"""What the payloads of each rule could do better, summed up over the last days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Sum
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from delivery import limiting, surveying
from delivery.models import Advice
from delivery.models.advice import PAYLOADS
from delivery.surveying import Survey
from delivery.views.lasting_tests import lasting_tests
from rules.access import AdminRequest, in_property
from rules.models import Environment, Property, Rule, RuleComponent
from rules.views.pages import page

DAYS = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of advice on one action."""

    message: str
    field: str
    action: str
    today: int
    total: int
    payloads: int  # of the action, over the same days

    @property
    def share(self) -> str:
        """How many of the action's payloads it is about."""
        percent = 100 * self.total / self.payloads if self.payloads else 100
        return "under 1%" if percent < 1 else f"{min(round(percent), 100)}%"


@dataclass(frozen=True, slots=True)
class RuleAdvice:
    """What there is to say about one rule."""

    id: str
    name: str
    url: str  # of its editor, while it exists
    payloads: int
    pieces: list[Piece]
    surveys: list[Survey] | None = None  # None while nobody asked
    is_too_often: bool = False  # it was asked for, but too soon after the last ones


@require_safe
@in_property(None)
def advice(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show the advice on every rule that sent something; look at the payloads of one together."""
    environments = list(property_.environments.all())
    chosen = [one for one in environments if one.public_id == request.GET.get("environment")]
    shown = chosen or environments
    now = timezone.now()
    rules = _rules(property_, _sums(shown, now.date()))
    context = {
        "rules": [_surveyed(request, rule, shown) for rule in rules],
        "lasting_tests": lasting_tests(shown, now),
        "days": DAYS,
        "environments": environments,
        "environment_id": chosen[0].public_id if chosen else "",
        "most_payloads": surveying.MOST_PAYLOADS,
    }
    return page(request, "delivery/advice.html", context)


def _surveyed(
    request: AdminRequest, rule: RuleAdvice, environments: Collection[Environment]
) -> RuleAdvice:
    """Look at the payloads of a rule if the address asks for it."""
    if rule.id != request.GET.get("survey"):
        return rule
    # Many sealed payloads are opened for it, by anybody who may look.
    if not limiting.is_allowed(f"survey:{request.user.pk}"):
        return replace(rule, is_too_often=True)
    return replace(rule, surveys=surveying.survey(request.property, rule.id, environments))


def _sums(environments: Iterable[Environment], today: dt.date) -> list[dict[str, Any]]:
    """Return each kind of advice with its counts, the most frequent first."""
    since = today - dt.timedelta(days=DAYS - 1)
    kept = Advice.objects.filter(environment__in=environments, day__gte=since, day__lte=today)
    return list(
        kept.values("rule", "component", "code", "field")
        .annotate(
            total=Sum("count"),
            today=Sum("count", filter=Q(day=today), default=0),
            messages=ArrayAgg("message", order_by="-day"),
        )
        .order_by("-total", "code", "field")
    )


def _rules(property_: Property, sums: list[dict[str, Any]]) -> list[RuleAdvice]:
    by_rule: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sums:
        by_rule[row["rule"]].append(row)
    heads = Rule.objects.filter(property=property_, public_id__in=by_rule)
    names = dict(heads.values_list("public_id", "name"))
    actions = dict(RuleComponent.objects.filter(rule__in=heads).values_list("public_id", "name"))
    found = [
        RuleAdvice(
            rule_id,
            names.get(rule_id, "A deleted rule"),
            reverse("rules:rule", args=[property_.public_id, rule_id]) if rule_id in names else "",
            sum(row["total"] for row in rows if row["code"] == PAYLOADS),
            _pieces(rows, actions),
        )
        for rule_id, rows in by_rule.items()
    ]
    return sorted(found, key=lambda rule: (not rule.pieces, rule.name))


def _pieces(rows: list[dict[str, Any]], actions: Mapping[str, str]) -> list[Piece]:
    payloads = {row["component"]: row["total"] for row in rows if row["code"] == PAYLOADS}
    return [
        Piece(
            row["messages"][0],
            row["field"],
            actions.get(row["component"], "A deleted action"),
            row["today"],
            row["total"],
            payloads.get(row["component"], 0),
        )
        for row in rows
        if row["code"] != PAYLOADS
    ]

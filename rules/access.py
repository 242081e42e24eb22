"""Who may do what in a property: the one decorator every view inside a property carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from accounts.models import Grant, Right, User
from rules.models import Property

P = ParamSpec("P")


class AdminRequest(HttpRequest):
    """A request as views see it: signed in, with htmx's headers read, inside a property."""

    user: User
    htmx: HtmxDetails
    property: Property
    rights: frozenset[str]


View = Callable[Concatenate[AdminRequest, Property, P], HttpResponseBase]

_ALL_RIGHTS = frozenset(Right.values)


def rights_of(user: User, property_: Property) -> frozenset[str]:
    """Return the rights a person has on a property; all of them for an administrator."""
    if user.is_superuser:
        return _ALL_RIGHTS
    grant = Grant.objects.filter(user=user, property=property_).first()
    return frozenset(grant.rights) if grant else frozenset()


def in_property(
    *rights: Right | None,
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Give the view the property named by the address, if the person may see it.

    A person who may not see the property gets 404: that it exists is nobody's business. To look
    at a page one need only see the property; to post to it one needs one of `rights`. With None
    alone, the page takes no posts.
    """
    needed = [right for right in rights if right is not None]

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, property_id: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            visible = Property.objects.visible_to(request.user)
            request.property = get_object_or_404(visible, public_id=property_id)
            request.rights = rights_of(request.user, request.property)
            if request.method not in {"GET", "HEAD"} and request.rights.isdisjoint(needed):
                raise PermissionDenied(_needed(*needed))
            return view(request, request.property, *args, **kwargs)

        # A test walks every address and asks for this.
        guarded.declared_access = needed or "look"  # type: ignore[attr-defined]
        return guarded

    return decorate


def require_right(request: AdminRequest, right: Right) -> None:
    """Refuse what the person has no right to.

    Raises:
        PermissionDenied: they lack it; the message names it.
    """
    if right not in request.rights:
        raise PermissionDenied(_needed(right))


def _needed(*rights: Right) -> str:
    if not rights:
        return "This page only shows things."
    names = " or ".join(f"“{right.label}”" for right in rights)
    return f"This needs the right {names} on the property."


def for_anyone_signed_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Declare a view that shows a person only what is theirs to see."""
    view.declared_access = "signed in"  # type: ignore[attr-defined]
    return view


def for_administrators(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Declare and guard a view that only administrators may use."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_superuser:
            raise PermissionDenied("This is for administrators.")
        return view(request, *args, **kwargs)

    guarded.declared_access = "administrators"  # type: ignore[attr-defined]
    return guarded

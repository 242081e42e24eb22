"""What the shell around every page shows: navigation, property, working library."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from rules import marking
from rules.models import Library, Property, WorkingLibrary


class NavItem(NamedTuple):
    """One entry of the left navigation."""

    label: str
    url: str
    icon: str
    active: bool
    group: str = ""


# Label, name of the address, icon, and what the path continues with.
_IN_PROPERTY = (
    ("Overview", "overview", "home", ""),
    ("Rules", "rules:rules", "route", "rules/"),
    ("Data Elements", "rules:data_elements", "database", "data-elements/"),
    ("Extensions", "rules:extensions", "puzzle", "extensions/"),
    ("Secrets", "rules:secrets", "key", "secrets/"),
    ("Environments", "rules:environments", "server", "environments/"),
    ("Publishing Flow", "rules:publishing", "rocket", "publishing/"),
    ("Event Log", "delivery:events", "activity", "events/"),
)
_PUBLISHING_TOO = ("libraries/", "builds/")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates `shell`; nothing for a visitor who is not signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": None}
    property_: Property | None = getattr(request, "property", None)
    shown: dict[str, Any] = {"property": property_, "nav": _nav(request, property_)}
    if property_ is not None:
        shown |= {
            "properties": Property.objects.visible_to(user),
            "libraries": list(property_.libraries.editable()),
            "library": _library(user, property_),
            "libraries_url": reverse("rules:working_library", args=[property_.public_id]),
            "new_library_url": reverse("rules:new_library", args=[property_.public_id]),
            # Asked for by whole pages alone: a partial stands below the banner of its page.
            "marked": partial(marking.live, property_),
        }
    return {"shell": shown}


def _nav(request: HttpRequest, property_: Property | None) -> list[NavItem]:
    home = reverse("rules:properties")
    items = [NavItem("Event Forwarding", home, "layout-dashboard", property_ is None)]
    if property_ is None:
        return items
    root = reverse("overview", args=[property_.public_id])
    rest = request.path.removeprefix(root)
    if rest.startswith(_PUBLISHING_TOO):
        rest = "publishing/"
    return items + [
        NavItem(
            label,
            reverse(name, args=[property_.public_id]),
            icon,
            rest.startswith(start) if start else not rest,
            "Property",
        )
        for label, name, icon, start in _IN_PROPERTY
    ]


def _library(user: User, property_: Property) -> Library | None:
    """Return the working library, with what its last build came to."""
    picked = WorkingLibrary.objects.filter(
        user=user, property=property_, library__state=Library.State.DEVELOPMENT
    ).select_related("library")
    working = picked.first()
    if working is None:
        return None
    library: Any = working.library
    last = library.builds.only("status").order_by("-id").first()
    library.build_status = last.status if last else ""
    return working.library

"""Who did something, by the name that the product calls them everywhere."""

from __future__ import annotations

from django import template

from accounts.models import User

register = template.Library()


@register.filter
def person(email: str) -> str:
    """Return the name of the account with this address; the address where there is none now."""
    return str(User.objects.filter(email=email).first() or email)

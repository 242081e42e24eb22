"""Who is not signed in goes to the sign-in page, also when htmx asks for a part of one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django_htmx.http import HttpResponseClientRefresh


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's, except that htmx is told to load the page anew: a swap cannot hold a form."""

    def handle_no_permission(  # type: ignore[override]  # a refresh is no redirect, and as good
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        """Send the visitor to sign in, and back afterwards."""
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        return super().handle_no_permission(request, view_func)

"""The admin's addresses."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

import rules.converters  # noqa: F401 - registers the converter that the addresses use
from capi_admin.health import healthz, readyz
from capi_admin.manual import contents, manual
from capi_admin.metrics import metrics
from capi_admin.overview import overview
from capi_admin.styleguide import styleguide

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path(
        "sign-in/",
        LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("styleguide/", styleguide, name="styleguide"),
    path("docs/", contents, name="docs_index"),
    path("docs/<path:page>", manual, name="docs"),
    path("demo/", include("demo.urls")),
    path("properties/<public_id:property_id>/", overview, name="overview"),
    path("properties/<public_id:property_id>/events/", include("delivery.urls")),
    path("", include("rules.urls")),
]

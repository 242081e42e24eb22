"""Extensions: what is installed, the catalog, and the configuration of one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.models import Right
from extensions import pages, registry
from extensions.contract import Package, Settings
from extensions.validation import problems_in
from rules import provisioning
from rules.access import AdminRequest, in_property
from rules.forms import doubts
from rules.forms.revisiting import changed, is_revisit
from rules.forms.settings import SettingsForm
from rules.models import Environment, Extension, Property
from rules.views.pages import INVALID, page
from rules.views.picking import picker_context
from rules.views.saving import overtaken, saved, switch, warn_of, working_library


@require_safe
@in_property(None)
def installed(request: AdminRequest, property_: Property) -> HttpResponse:
    """List what the property has installed."""
    cards = [
        _card(registry.packages()[extension.package], property_, extension)
        for extension in property_.extensions.all()
        if extension.package in registry.packages()
    ]
    return _list(request, property_, "installed", _found(request, cards))


@require_safe
@in_property(None)
def catalog(request: AdminRequest, property_: Property) -> HttpResponse:
    """List what can be installed."""
    have = {extension.package: extension for extension in property_.extensions.all()}
    cards = [
        _card(package, property_, have.get(package.id)) for package in registry.packages().values()
    ]
    return _list(request, property_, "catalog", _found(request, cards))


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_EXTENSIONS)
def install(request: AdminRequest, property_: Property, package_id: str) -> HttpResponse:
    """Ask for a package's configuration and install it with that."""
    package = package_of(package_id)
    existing = property_.extensions.filter(package=package.id).first()
    if existing is not None:
        return redirect(existing)
    form = _form(request, package, property_, {})
    if request.method == "POST" and _can_be_saved(request, form):
        with transaction.atomic():
            extension = provisioning.install(property_, package, request.user)
            extension.settings = form.settings()
            extension.save(update_fields=["settings"])
        warn_of(request, form)
        return saved(request, extension, reverse("rules:extensions", args=[property_.public_id]))
    return configuration(request, property_, package, form, None)


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_EXTENSIONS)
def configure(request: AdminRequest, property_: Property, extension_id: str) -> HttpResponse:
    """Edit the configuration of an installed extension."""
    is_saving = request.method == "POST" and not is_revisit(request.POST)
    extensions = property_.extensions.all()
    with transaction.atomic():
        if is_saving:
            extensions = extensions.select_for_update()
        extension = get_object_or_404(extensions, public_id=extension_id)
        package = package_of(extension.package)
        form = _form(request, package, property_, extension.settings)
        is_saved = is_saving and _save(request, extension, package, form)
    if is_saved:
        return saved(request, extension, reverse("rules:extensions", args=[property_.public_id]))
    return configuration(request, property_, package, form, extension)


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_EXTENSIONS)
def enable(request: AdminRequest, property_: Property, extension_id: str) -> HttpResponse:
    """Enable or disable an extension; like any change it counts once it is published.

    To look at the page asks whether to disable it.
    """
    if request.method != "POST":
        extension = get_object_or_404(property_.extensions, public_id=extension_id)
        return _ask_first(request, extension)
    switch(request, property_.extensions.all(), extension_id)
    return redirect("rules:extensions", property_.public_id)


def _ask_first(request: AdminRequest, extension: Extension) -> HttpResponse:
    context = {
        "title": f"Disable “{extension}”?",
        "text": (
            "Every rule and data element that uses it stops working with the next build: builds "
            "that still use it fail. What is live now goes on."
        ),
        "label": "Disable",
        "cancel_url": extension.get_absolute_url(),
        "danger": True,
    }
    return page(request, "confirm.html", context)


def _save(
    request: AdminRequest, extension: Extension, package: Package, form: SettingsForm
) -> bool:
    """Save what a valid form holds into the locked extension, unless somebody was faster."""
    if request.POST.get("lock_version") != str(extension.lock_version):
        form.add_error(None, overtaken(extension))
    if not _can_be_saved(request, form):
        return False
    extension.settings = form.settings()
    extension.package_version = package.version
    extension.lock_version += 1
    extension.updated_by = request.user
    extension.save()
    audit.record(
        request.user, "extension.updated", property_id=request.property.public_id,
        object_id=extension.public_id, name=extension.name,
    )  # fmt: skip
    warn_of(request, form)
    return True


def _version_seen(request: AdminRequest, form: SettingsForm, extension: Extension) -> str:
    """Return the save that the form counts from."""
    # A form that only comes back says nothing of other people's saves: a refused one has.
    if request.method == "POST" and not form.is_bound:
        return str(request.POST.get("lock_version", ""))
    return str(extension.lock_version)


def package_of(package_id: str) -> Package:
    """Return a package of the catalog.

    Raises:
        Http404: there is none of this id.
    """
    try:
        return registry.packages()[package_id]
    except KeyError:
        raise Http404("This package is not in the catalog.") from None


def _form(
    request: AdminRequest, package: Package, property_: Property, stored: dict[str, Any]
) -> SettingsForm:
    data = changed(request.POST) if request.method == "POST" else None
    revisit = data is not None and is_revisit(data)
    form = SettingsForm(package, property_, stored, data, revisit=revisit)
    doubts.opened(form, stored, data)
    return form


def _can_be_saved(request: AdminRequest, form: SettingsForm) -> bool:
    """Whether a posted form is to be saved, and nothing speaks against it."""
    if is_revisit(request.POST) or not form.is_valid():
        return False
    return not doubts.hold_back(form, request.POST)


def configuration(
    request: AdminRequest,
    property_: Property,
    package: Package,
    form: SettingsForm,
    extension: Extension | None,
    **shown: Any,
) -> HttpResponse:
    """Show the form of a package's settings; `shown` is what else the page has to tell."""
    settings = form.settings() if form.is_bound else extension.settings if extension else {}
    context = {
        "form": form,
        "form_url": _form_url(property_, package, extension),
        "package": package,
        "docs_page": pages.of_package(package.id),
        "extension": extension,
        "lock_version": _version_seen(request, form, extension) if extension else "",
        "library": working_library(request, property_),
        "icon_url": icon_url(package),
        "warnings": _warnings(package, form, settings),
        "marks": marks_of(package, settings),
        **picker_context(request, property_),
        **shown,
    }
    status = INVALID if form.is_refused else HTTPStatus.OK
    return page(request, "rules/extension.html", context, status=status)


def _form_url(property_: Property, package: Package, extension: Extension | None) -> str:
    if extension is not None:
        return extension.get_absolute_url()
    return reverse("rules:install", args=[property_.public_id, package.id])


def _warnings(package: Package, form: SettingsForm, settings: Settings) -> list[dict[str, str]]:
    """Return what the package warns of, with the field it is about."""
    problems = problems_in(package, settings)
    if not any(problem.severity == "error" for problem in problems):
        problems += package.advise(settings, timezone.now().date())
    return [
        {"message": problem.message, **_field_named(form, problem.field)}
        for problem in problems
        if problem.severity == "warning"
    ]


def _field_named(form: SettingsForm, name: str) -> dict[str, str]:
    if name not in form.fields:
        return {"label": "", "id": ""}
    return {"label": str(form[name].label), "id": form[name].id_for_label}


def marks_of(package: Package, settings: Settings) -> list[tuple[str, str]]:
    """Return the loud words for settings, each with the stage it is about."""
    found = ((stage.label, package.mark(settings, stage.value)) for stage in Environment.Stage)
    return [(stage, mark) for stage, mark in found if mark]


def _card(package: Package, property_: Property, extension: Extension | None) -> dict[str, Any]:
    if extension is None:
        url, label, badge = (
            reverse("rules:install", args=[property_.public_id, package.id]),
            "Install",
            "",
        )
    else:
        url, label = extension.get_absolute_url(), "Configure"
        badge = "installed" if extension.enabled else "disabled"
    return {
        "name": package.name,
        "icon_url": icon_url(package),
        "publisher": package.publisher,
        "version": package.version,
        "promise": package.promise,
        "badge": badge,
        "action_url": url,
        "action_label": label,
        "url": url,
        "mark": _mark_of(package, extension),
    }


def _mark_of(package: Package, extension: Extension | None) -> str:
    marks = marks_of(package, extension.settings) if extension else []
    return "; ".join(f"{mark} ({stage})" for stage, mark in marks)


def icon_url(package: Package) -> str:
    """Where the package's icon is served."""
    return static(f"extensions/{package.icon}")


def _found(request: AdminRequest, cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    words = request.GET.get("q", "").lower().split()
    return [
        card
        for card in cards
        if all(word in f"{card['name']} {card['promise']}".lower() for word in words)
    ]


def _list(
    request: AdminRequest, property_: Property, shown: str, cards: list[dict[str, Any]]
) -> HttpResponse:
    tabs = [
        {
            "label": label,
            "url": reverse(f"rules:{name}", args=[property_.public_id]),
            "active": shown == key,
        }
        for key, name, label in (
            ("installed", "extensions", "Installed"),
            ("catalog", "catalog", "Catalog"),
        )
    ]
    context = {"tabs": tabs, "cards": cards, "shown": shown, "query": request.GET.get("q", "")}
    return page(request, "rules/extensions.html", context, partial="extension-cards")

"""Addresses of the authoring screens, all inside one property but the list of properties."""

from __future__ import annotations

from django.urls import path

from rules import converters  # noqa: F401 - registers the converter that the addresses use
from rules.views import (
    builds,
    components,
    data_elements,
    datastreams,
    environments,
    extensions,
    libraries,
    properties,
    publishing,
    rules,
    search,
    secrets,
)

app_name = "rules"

_P = "properties/<public_id:property_id>"
_EXTENSION = f"{_P}/extensions/<public_id:extension_id>"
_LIBRARY = f"{_P}/libraries/<public_id:library_id>"
_DATASTREAM = f"{_P}/datastreams/<public_id:datastream_id>"
_D = f"{_P}/rules/drafts/<uuid:draft_id>"

urlpatterns = [
    path("", properties.index, name="properties"),
    path("properties/new/", properties.new, name="new_property"),
    path("search/", search.search, name="search"),
    path(f"{_P}/settings/", properties.configure, name="property"),
    path(f"{_P}/settings/delete/", properties.delete, name="delete_property"),
    path(f"{_P}/rules/", rules.index, name="rules"),
    path(f"{_P}/rules/new/", rules.new, name="new_rule"),
    path(f"{_P}/rules/<public_id:rule_id>/", rules.rule, name="rule"),
    path(f"{_P}/rules/<public_id:rule_id>/enable/", rules.enable, name="enable_rule"),
    path(f"{_P}/rules/<public_id:rule_id>/delete/", rules.delete, name="delete_rule"),
    path(f"{_D}/", rules.draft, name="draft"),
    path(f"{_D}/components/new/<str:kind>/", components.new, name="new_component"),
    path(f"{_D}/components/<public_id:component_id>/", components.edit, name="component"),
    path(f"{_P}/data-elements/", data_elements.index, name="data_elements"),
    path(f"{_P}/data-elements/new/", data_elements.new, name="new_data_element"),
    path(f"{_P}/data-elements/<public_id:element_id>/", data_elements.edit, name="data_element"),
    path(
        f"{_P}/data-elements/<public_id:element_id>/delete/",
        data_elements.delete,
        name="delete_data_element",
    ),
    path(f"{_P}/extensions/", extensions.installed, name="extensions"),
    path(f"{_P}/extensions/catalog/", extensions.catalog, name="catalog"),
    path(f"{_P}/extensions/install/<str:package_id>/", extensions.install, name="install"),
    path(f"{_EXTENSION}/", extensions.configure, name="extension"),
    path(f"{_EXTENSION}/enable/", extensions.enable, name="enable_extension"),
    path(f"{_P}/secrets/", secrets.index, name="secrets"),
    path(f"{_P}/secrets/new/", secrets.new, name="new_secret"),
    path(f"{_P}/secrets/<public_id:secret_id>/", secrets.edit, name="secret"),
    path(f"{_P}/secrets/<public_id:secret_id>/delete/", secrets.delete, name="delete_secret"),
    path(f"{_P}/environments/", environments.index, name="environments"),
    path(f"{_P}/environments/new/", environments.new, name="new_environment"),
    path(f"{_P}/environments/<public_id:environment_id>/", environments.edit, name="environment"),
    path(f"{_DATASTREAM}/", datastreams.edit, name="datastream"),
    path(f"{_DATASTREAM}/keys/new/", datastreams.new_key, name="new_server_key"),
    path(
        f"{_DATASTREAM}/keys/<public_id:key_id>/revoke/",
        datastreams.revoke_key,
        name="revoke_server_key",
    ),
    path(f"{_P}/publishing/", publishing.board, name="publishing"),
    path(f"{_P}/working-library/", libraries.pick, name="working_library"),
    path(f"{_P}/libraries/new/", libraries.new, name="new_library"),
    path(f"{_LIBRARY}/", libraries.library, name="library"),
    path(f"{_LIBRARY}/delete/", libraries.delete, name="delete_library"),
    path(f"{_LIBRARY}/<str:step>/", publishing.step, name="library_step"),
    path(f"{_P}/builds/<public_id:build_id>/", builds.build, name="build"),
]

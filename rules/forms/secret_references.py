"""Fields that refer to a secret of the property: one for each environment of their stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.utils.functional import cached_property

from extensions.contract import Settings
from rules.forms.fields import SettingField, setting_fields
from rules.models import Environment, Property, Secret


class SecretReferences:
    """The property's secrets, and the fields in which they are chosen."""

    def __init__(self, property_: Property) -> None:
        self._property = property_

    @cached_property
    def _all(self) -> list[Secret]:
        return list(self._property.secrets.select_related("environment"))

    @cached_property
    def _environments(self) -> list[Environment]:
        return list(self._property.environments.all())

    def name(self, public_id: str) -> str:
        """Return the name of a secret; empty for one that is not the property's."""
        return next((secret.name for secret in self._all if secret.public_id == public_id), "")

    def fields(self, schema: Settings) -> list[SettingField]:
        """Return the fields of a schema, one for each environment where a stage has several."""
        return [each for field in setting_fields(schema) for each in self._each(field)]

    def choices(self, field: SettingField) -> list[tuple[str, str]]:
        """Return id and name of the secrets that a field offers."""
        if field.widget != "secret-reference":
            return []
        return [
            (secret.public_id, f"{secret.name} ({secret.environment.name})")
            for secret in self._all
            if secret.environment.stage == field.ui["stage"]
            and field.environment in {"", secret.environment.public_id}
        ]

    def _each(self, field: SettingField) -> Iterator[SettingField]:
        if field.widget != "secret-reference":
            yield field
            return
        homes = [one for one in self._environments if one.stage == field.ui["stage"]]
        if len(homes) < 2:
            yield field
            return
        for home in homes:
            # The first keeps the setting's own path, where links to the setting lead.
            path = field.path if home is homes[0] else f"{field.path}.{home.public_id}"
            titled = {**field.schema, "title": f"{field.schema['title']} – {home.name}"}
            yield replace(field, path=path, schema=titled, environment=home.public_id)

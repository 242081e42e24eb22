"""Put resources together for one environment: each Secret with the one that belongs there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from extensions.core.secret import SECRET, narrowed
from rules.engine import assemble
from rules.models import Environment

Content = Mapping[str, Any]


def assemble_for(
    environment: Environment, contents: Iterable[tuple[str, Content]]
) -> dict[str, Any]:
    """Return the document of a build to the environment, of contents with their kinds."""
    secrets = set(environment.secrets.values_list("public_id", flat=True))
    own = ((kind, _own(content, environment.stage, secrets)) for kind, content in contents)
    return assemble(environment.property.public_id, environment.stage, own)


def _own(content: Content, stage: str, secrets: Collection[str]) -> Content:
    if content.get("delegate") != SECRET.id:
        return content
    return {**content, "settings": narrowed(content["settings"], stage, secrets)}

"""Public ids: two letters that say what it is, and 32 hex digits, as the original has them."""

from __future__ import annotations

import uuid


def new_id(prefix: str) -> str:
    """Return a fresh public id, such as ``PR0f6b…``."""
    return f"{prefix}{uuid.uuid4().hex}"


def property_id() -> str:
    """A property's id."""
    return new_id("PR")


def environment_id() -> str:
    """An environment's id."""
    return new_id("EN")


def datastream_id() -> str:
    """A datastream's id."""
    return new_id("DS")


def server_key_id() -> str:
    """A server key's id: not the key itself."""
    return new_id("SK")


def secret_id() -> str:
    """A secret's id."""
    return new_id("SE")


def extension_id() -> str:
    """An installed extension's id."""
    return new_id("EX")


def data_element_id() -> str:
    """A data element's id."""
    return new_id("DE")


def rule_id() -> str:
    """A rule's id."""
    return new_id("RL")


def component_id() -> str:
    """A rule component's id."""
    return new_id("RC")


def library_id() -> str:
    """A library's id."""
    return new_id("LB")


def build_id() -> str:
    """A build's id."""
    return new_id("BL")

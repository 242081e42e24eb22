"""Core: the delegates every property has."""

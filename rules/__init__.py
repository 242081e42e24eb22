"""Authoring: from properties to builds."""

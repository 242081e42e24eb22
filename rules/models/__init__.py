"""Authoring: everything from a property to a build."""

from rules.models.builds import Build
from rules.models.datastreams import DatastreamCount, ServerKey
from rules.models.drafts import RuleDraft
from rules.models.libraries import Library, LibraryRevision, WorkingLibrary
from rules.models.properties import Datastream, Environment, Property
from rules.models.resources import DataElement, Extension, Resource, Rule, RuleComponent
from rules.models.revisions import Revision
from rules.models.secrets import Secret

__all__ = [
    "Build",
    "DataElement",
    "Datastream",
    "DatastreamCount",
    "Environment",
    "Extension",
    "Library",
    "LibraryRevision",
    "Property",
    "Resource",
    "Revision",
    "Rule",
    "RuleComponent",
    "RuleDraft",
    "Secret",
    "ServerKey",
    "WorkingLibrary",
]

"""The rules engine: check and compile a build, evaluate an event, explain the outcome. Pure."""

from rules.engine.checks import Finding, check_document
from rules.engine.document import assemble, canonical
from rules.engine.explanation import explain
from rules.engine.labels import label_of
from rules.engine.marks import Mark, marks_in
from rules.engine.program import BuildError, Program, compile_build, load_build
from rules.engine.results import ActionResult, Evaluation, RuleResult, Trace

__all__ = [
    "ActionResult",
    "BuildError",
    "Evaluation",
    "Finding",
    "Mark",
    "Program",
    "RuleResult",
    "Trace",
    "assemble",
    "canonical",
    "check_document",
    "compile_build",
    "explain",
    "label_of",
    "load_build",
    "marks_in",
]

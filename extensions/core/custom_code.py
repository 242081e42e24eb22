"""Custom code: JavaScript as a condition, an action or a data element.

Code written for the original runs as it is: the body of an async function of ``arc``, ``utils``
and ``getDataElementValue``. What runs it is an argument of the evaluation; here it is only called.

Source: Event Forwarding, Core extension: settings ``source`` and ``keyName``; a condition must
give a boolean; an action's value goes to ``arc.ruleStash.core.customCode.<keyName>``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from extensions import needs
from extensions.contract import (
    JSON,
    Action,
    CodeError,
    Compiler,
    ComponentError,
    Condition,
    Delegate,
    Kept,
    Problem,
    Resolver,
    Scope,
    Settings,
)
from extensions.core.source_code import Token, spelled, tokens
from extensions.tokens import whole_token

STASH = ("core", "customCode")  # where the stash holds what actions gave, by their key names
SWITCHED_OFF = "Custom code is switched off on this server."
_LONGEST = 65_536  # characters
_LONGEST_KEY = 100
_ASKING = "getDataElementValue"
# What the visitor's request holds by name, and how a name of it is written for `needs`.
_NAMED = {"cookies": needs.cookie, "headers": needs.header}

_HIDDEN_NAMES = (
    "Only cookies and headers whose names the code spells out are kept with an event, as in "
    'arc.request.cookies.name or arc.request.headers["name"].'
)
_HIDDEN_ELEMENTS = (
    "Only data elements whose names the code spells out are looked for in a build and renamed, as "
    'in getDataElementValue("Name").'
)
_FAILURES = (
    SWITCHED_OFF,
    "There is no data element ….",
    "There is no data element of this name.",
    "The code took too long.",
    "The code needs too much memory.",
    "The code waits for something that never happens.",
    "The code ended the process it ran in.",
    "The code has to return JSON, with text that is valid Unicode.",
    "Error: The value is too large.",
    "The code threw something that cannot be told.",
    "The code failed.",
    "Custom code asks for custom code too many times over.",
    "The event is too large for custom code.",
    "The value of this data element is too large for custom code.",
    "The process for custom code could not be started.",
)
_MISTAKES = (
    {"source": "return arc.request.cookies;"},
    {"source": "const get = getDataElementValue; return get(name);"},
)

_KINDS: dict[type, str] = {
    type(None): "nothing",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def is_code(delegate: str) -> bool:
    """Whether settings of this delegate hold code, in which tokens mean nothing."""
    return delegate in {CONDITION.id, ACTION.id, DATA_ELEMENT.id}


def elements_asked(settings: Settings) -> Iterator[str]:
    """Yield the names of the data elements that the code asks for, where it spells them out."""
    return (text.value for text in _names_asked(str(settings.get("source", ""))))


def with_new_name(settings: Settings, old: str, new: str) -> Settings:
    """Return settings whose code asks for a data element by its new name, where it spells it."""
    source = str(settings.get("source", ""))
    for text in reversed(_names_asked(source)):
        if text.value == old:
            source = source[: text.start] + spelled(new, text.source) + source[text.end :]
    return {**settings, "source": source}


def _names_asked(source: str) -> tuple[Token, ...]:
    return _asked(source)[0]


@lru_cache(maxsize=512)
def _asked(source: str) -> tuple[tuple[Token, ...], bool]:
    """Return the names of data elements that code spells out, and whether it hides others."""
    if _ASKING not in source:
        return (), False
    read = tuple(tokens(source))
    places = [place for place, token in enumerate(read, 1) if token.source == _ASKING]
    names = [_argument(read, place) for place in places]
    return tuple(filter(None, names)), None in names


def _argument(read: Sequence[Token], place: int) -> Token | None:
    """Return the text that a call has as its first argument, in brackets of its own or not."""
    signs = [token.source for token in read[place : place + 2]]
    place += 2 if signs == ["?", "."] else 0
    first = place
    while place < len(read) and read[place].source == "(":
        place += 1
    depth = place - first
    rest = read[place : place + depth + 1]
    if not rest or rest[0].kind != "text" or not rest[0].value.isprintable():  # as every name is
        return None
    after = [token.source for token in rest[1:]]
    is_closed = len(after) == depth > 0 and after[:-1] == [")"] * (depth - 1)
    return rest[0] if is_closed and after[-1] in (")", ",") else None


@lru_cache(maxsize=512)
def _names_read(source: str) -> tuple[tuple[str, ...], bool]:
    """Return the cookies and headers whose names code spells out, and whether it hides others."""
    if not any(kind in source for kind in _NAMED):
        return (), False
    read = tuple(tokens(source))
    found, hides = [], False
    for place, token in enumerate(read):
        if token.kind != "word" or token.source not in _NAMED:
            continue
        name = _name_after(read[place + 1 : place + 6])
        if name:
            found.append(_NAMED[token.source](name))
        elif [before.source for before in read[max(0, place - 2) : place]] == ["request", "."]:
            hides = True
    return tuple(dict.fromkeys(found)), hides


def _name_after(following: tuple[Token, ...]) -> str:
    """Return the name in ``.name`` or ``["name"]``, with ``?.`` or without; empty for none."""
    signs = [token.source for token in following]
    skipped = 2 if signs[:2] == ["?", "."] else int(signs[:1] == ["."])
    rest = following[skipped:]
    if skipped and rest and rest[0].kind == "word":
        return rest[0].source
    if [token.source for token in rest[:3:2]] == ["[", "]"] and rest[1].kind == "text":
        return rest[1].value if rest[1].value.isprintable() else ""
    return ""


def _needs(settings: Settings) -> Sequence[str]:
    names, _ = _names_read(settings["source"])
    return names


def _check(settings: Settings) -> Sequence[Problem]:
    source = settings["source"]
    hidden = {_HIDDEN_NAMES: _names_read(source)[1], _HIDDEN_ELEMENTS: _asked(source)[1]}
    return [Problem("source", words, "warning") for words, hides in hidden.items() if hides]


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives what the code returns."""
    source, build, name = settings["source"], compiler.build, compiler.name
    own = {key: value for key, value in settings.items() if key != "source"}
    configuration = dict(compiler.configuration())
    # Code that does not speak of the stash is not shown it, so that its value may be kept.
    sees_stash = "ruleStash" in source
    ask = _asking(compiler)

    def run(scope: Scope) -> JSON:
        if scope.code is None:
            raise ComponentError(SWITCHED_OFF)
        given = {
            "arc": {
                "event": scope.event,
                "request": scope.request,
                "ruleStash": scope.read_stash() if sees_stash else {},
            },
            "now": scope.now * 1000,
            "settings": own,
            "extensionSettings": configuration,
            "event": {"id": scope.event_id},
        }
        seed = f"{scope.event_id} {name}"
        try:
            ran = scope.code.run(build, source, given, seed, lambda asked: ask(asked, scope))
        except CodeError as error:
            if scope.lines is not None:
                scope.lines.extend(error.lines)
            raise
        if scope.lines is not None:
            scope.lines.extend(ran.lines)
        return ran.value

    return run


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that is true or false as the code says; anything else is an error."""
    run = compile_element(settings, compiler)

    def test(scope: Scope) -> bool:
        value = run(scope)
        if value is True or value is False:
            return value
        given = _KINDS.get(type(value), "something else")
        raise ComponentError(f"The code has to return true or false, and returned {given}.")

    return test


def compile_action(settings: Settings, compiler: Compiler) -> Action:
    """Compile to a callable that puts what the code returns into the rule's stash."""
    run = compile_element(settings, compiler)
    path = (*STASH, settings["keyName"])
    return lambda scope: Kept(path, run(scope))


def _asking(compiler: Compiler) -> Callable[[str, Scope], JSON]:
    def ask(name: str, scope: Scope) -> JSON:
        token = f"{{{{{name}}}}}"
        if whole_token(token) != name:
            raise ComponentError("There is no data element of this name.")
        try:
            resolve = compiler.value(token)
        except KeyError:
            raise ComponentError(f"There is no data element {name}.") from None
        return resolve(scope)

    return ask


def _source(returns: str, example: str) -> Settings:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": _LONGEST,
        "title": "Code",
        "description": (
            f"The body of an async function. {returns} It has arc.event, arc.request, "
            'arc.ruleStash, utils.logger and await getDataElementValue("Name").'
        ),
        "ui": {
            "widget": "textarea",
            "language": "javascript",
            "picker": False,
            "placeholder": example,
            "error": "Please specify some code.",
        },
    }


def _form(returns: str, example: str, **more: Settings) -> Settings:
    return {
        "type": "object",
        "properties": {**more, "source": _source(returns, example)},
        "required": [*more, "source"],
        "additionalProperties": False,
    }


def _first_line(settings: Settings) -> str:
    lines = (line.strip() for line in str(settings.get("source", "")).splitlines())
    line = next(filter(None, lines), "…")
    return f"{line[:60]}…" if len(line) > 60 else line


CONDITION = Delegate(
    id="core::conditions::custom-code",
    name="Custom Code",
    description="Return true if your JavaScript does.",
    schema=_form(
        "It must return true or false.", 'return arc.event.xdm.eventType === "commerce.purchases";'
    ),
    summarise=lambda settings: f"code says so: {_first_line(settings)}",
    compile=compile_condition,
    check=_check,
    needs=_needs,
    mistakes=_MISTAKES,
    failures=(
        *_FAILURES,
        "The code has to return true or false, and returned ….",
    ),
)

ACTION = Delegate(
    id="core::actions::custom-code",
    name="Custom Code",
    description="Run JavaScript and keep what it returns for the actions after it.",
    schema=_form(
        "What it returns is kept in the rule's stash.",
        "return arc.event.data.items.length;",
        keyName={
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST_KEY,
            "pattern": r"\S",
            "title": "Key Name",
            "description": (
                "The actions after this one find the value at "
                "arc.ruleStash.core.customCode, under this name."
            ),
            "ui": {
                "picker": False,
                "placeholder": "itemCount",
                "error": "Please specify a key name.",
            },
        },
    ),
    summarise=lambda settings: f"keep {settings.get('keyName') or '…'} from code",
    compile=compile_action,
    check=_check,
    needs=_needs,
    mistakes=_MISTAKES,
    failures=_FAILURES,
)

DATA_ELEMENT = Delegate(
    id="core::dataElements::custom-code",
    name="Custom Code",
    description="The value that your JavaScript returns.",
    schema=_form("It returns the value.", "return arc.event.data.total * 100;"),
    summarise=_first_line,
    compile=compile_element,
    check=_check,
    needs=_needs,
    mistakes=_MISTAKES,
    failures=_FAILURES,
)

"""The contract between the product and an extension package, on one page.

A package is data plus pure functions. It says how its settings look (JSON Schema 2020-12 with
``ui`` hints, from which forms, validation and docs are made), compiles settings into callables
once per build, and, if it sends anything, says how a request to its destination is made and how
the answer is read. It never touches a clock, randomness, a database or a network: the moment,
ids and opened credentials are arguments.

UI hints are annotations beside a property of the schema, under the key ``ui``:

``widget``      text (default), textarea, json, checkbox, select, combo, secret, secret-reference,
                list, switch, rows, object; the last four are explained below
``section``     heading under which the field stands
``picker``      false where a data element may not be inserted (default: true for text widgets)
``secrets``     false where no Secret data element may stand, as many read what does (default: true)
``placeholder`` example text inside an empty field
``help_url``    page that explains the field; its text is ``help_label``
``options``     [[value, label], …] for select and combo
``required``    marks the field as needed where the schema leaves that to the package's check
``show_if``     a condition: the field is shown only then
``required_if`` a condition: the field is marked as needed only then
``language``    what is written in a textarea, such as javascript; its editor knows it
``matters_if``  a condition: otherwise the field stands among the further fields of its section
``further``     true: the field always stands among the further fields of its section
``error``       what is said beside the field when the schema refuses it
``hashed``      marks a field whose value is hashed before it is sent
``keep_empty``  true where empty text is a setting of its own, not a setting left out
``number_if``   a condition: text that spells a number is then kept as one
``single``      true where the whole setting is one data element: choosing another replaces it
``browse``      "event-paths" where a path can be chosen in a recent event
``language``    "javascript" where the text is code, and is written in an editor

A condition is {"field": dotted path of another setting, "in": [values]}, or a list of conditions
that must all hold. A setting that holds a data element may become any value, so a field that
depends on it is shown and matters, but is not required.

Widgets that hold more than one text:

``list``    one or several values. The setting is the value itself when there is one, else a list.
``switch``  off, on, or by a data element. The setting is false, true, or one token.
``rows``    a table. ``columns`` is [{"key", "title", "type": "text" | "number", "required",
            "placeholder", "picker"}, …]. The setting is a list of objects.
``object``  a JSON object as rows of key, type and value, or as raw JSON; a single token may stand
            for the whole object. ``keys`` suggests keys: [{"key", "title", "type": "text" |
            "number" | "boolean" | "list" | "object", "options", "matters_if", "required_if"}, …];
            a suggested key that matters has a row of its own from the start.

A schema's own ``ui`` may hold ``sections``: {heading: {"help", "help_url", "help_label",
"show_if", "matters_if", "collapsed"}}. Sections that matter come first, in the schema's order;
the others are folded up below them. It may also hold ``example``: settings for the docs, where
those made of placeholders and defaults would say little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import getitem
from typing import Any, Literal, Protocol

JSON = Any  # a value as `json.loads` gives it; missing is None
Settings = Mapping[str, JSON]


@dataclass(slots=True)
class Scope:
    """Everything one evaluation may look at. One per event; nothing here outlives it."""

    event: Mapping[str, JSON]  # {"xdm": …, "data": …} as it was posted
    request: Mapping[str, JSON]  # {"ip", "userAgent", "headers", "cookies"} of the visitor
    event_id: str  # our id, 32 hex digits
    received_at: int  # Unix seconds
    now: int  # Unix seconds: the stored moment of evaluation
    elements: dict[str, JSON] = field(default_factory=dict)  # data elements resolved so far
    failed: dict[str, str] = field(default_factory=dict)  # data elements without a value, and why
    stash: Mapping[str, JSON] = field(default_factory=dict)  # of the rule that runs; see `Kept`
    stash_was_read: bool = False  # by the component, or the data element, that runs
    code: CodeRunner | None = None  # where custom code runs; None where it is switched off
    lines: list[LogLine] | None = None  # what code logs goes here; None where nobody reads it
    # The stash that data elements read last, by their names; None where nobody reads it.
    stashes: dict[str, Mapping[str, JSON]] | None = None
    # What earlier actions brought back from the network, by component id; see `Send.awaits`.
    answers: Mapping[str, Answered] = field(default_factory=dict)

    def read_stash(self) -> Mapping[str, JSON]:
        """Return the rule's stash. What comes of it is not kept for the next action."""
        self.stash_was_read = True
        return self.stash


LogLine = tuple[str, str]  # level and text
Resolver = Callable[[Scope], JSON]


@dataclass(frozen=True, slots=True)
class Fixed:
    """The `Resolver` of a value that is the same for every event, and known at build."""

    value: JSON

    def __call__(self, _scope: Scope) -> JSON:
        """Give the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class EventKeys:
    """The `Resolver` of what stands in the event under keys, each in what the one before gave.

    It never fails and reads nothing else, so that whoever calls it may be spared all care.
    """

    keys: tuple[str, ...]

    def __call__(self, scope: Scope) -> JSON:
        """Give the value; None where a key is missing."""
        try:
            return reduce(getitem, self.keys, scope.event)
        except (KeyError, TypeError):
            return None


class ComponentError(Exception):
    """A component cannot do its work on this event; ends its rule, never another one."""


class CodeError(ComponentError):
    """Custom code gave no value. `lines` is what it logged until then."""

    def __init__(self, message: str, lines: Sequence[LogLine] = ()) -> None:
        super().__init__(message)
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Ran:
    """What custom code gave, and what it logged."""

    value: JSON
    lines: Sequence[LogLine] = ()


class CodeRunner(Protocol):
    """Runs custom code, which is JavaScript, outside this process."""

    def run(
        self,
        build: str,
        code: str,
        given: Mapping[str, JSON],
        seed: str,
        ask: Callable[[str], JSON],
    ) -> Ran:
        """Run the body of an async function.

        Args:
            build: whose code it is; builds share nothing.
            code: JavaScript.
            given: ``arc``, ``now`` (Unix milliseconds), ``settings``, ``extensionSettings`` and
                ``event``.
            seed: the same seed gives the same random numbers.
            ask: gives the value of a data element by its name.

        Raises:
            CodeError: it gave no value.
        """


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with settings. `field` is the dotted path of the setting it is about."""

    field: str
    message: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """Advice kept with a delivery; `field` names the destination's field, never its value."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Send:
    """One payload owed to one destination.

    `address` is what a whole request shares, so deliveries with an equal address may travel
    together. Its keys that the destination calls `credentials` hold a reference (``[[SE…]]``) or
    a sealed value, never an opened one, unless the value came out of the event itself; delivery
    seals that before it writes anything.

    `origins` says of each field that was filled automatically where its value came from, as
    (field, words) pairs; it never quotes a value.

    `awaits` says that later actions of the rule may want what the destination answers. Where one
    does, the event is evaluated again when the answer is there, as one of `Scope.answers`. Then
    the action wants the same again, and `kept` says what its answer puts into the rule's stash; or
    `failure` why there is none, in words, and an action that would want it is not reached.
    """

    address: Mapping[str, str]
    payload: Mapping[str, JSON]
    name: str
    dedup_id: str
    expires_at: int  # Unix seconds; after this the destination would refuse it
    notices: tuple[Notice, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()
    awaits: bool = False
    kept: tuple[Kept, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of sending what an action wanted. `failure` is set, in words, where nothing did."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    text: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that fired but may not send. `code` is stable, `message` is for a marketer."""

    code: str
    message: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What an action puts into its rule's stash, for the actions after it.

    `path` is where, key by key; a value that stood there goes.
    """

    path: tuple[str, ...]
    value: JSON


ActionResult = Send | Refused
Action = Callable[[Scope], ActionResult | Kept]
Condition = Callable[[Scope], bool]


class Compiler(Protocol):
    """What the engine offers a delegate while a build is compiled."""

    @property
    def stage(self) -> str:
        """Development, staging or production, in small letters."""

    @property
    def build(self) -> str:
        """What tells this build from any other."""

    @property
    def name(self) -> str:
        """Whose settings are compiled: a component's id, or a data element's name."""

    def value(self, template: JSON) -> Resolver:
        """Compile a setting that may hold ``{{Data Element}}`` tokens, nested values included.

        A string that is exactly one token keeps the element's type; tokens inside longer text
        are joined as text, where a missing value is empty. What no event can change comes as
        `Fixed`, so that more may be made of it now.
        """

    def configuration(self) -> Settings:
        """The settings of the installed extension that the delegate belongs to."""


@dataclass(frozen=True, slots=True, eq=False)
class Preset:
    """A ready mapping of events of a known shape onto the settings of a delegate.

    `elements` are the data elements it may need, by name: ``{"delegate": id, "settings": {…}}``.
    `fill` gives the settings to take over, with ``{{name}}`` tokens of those elements, for what
    the form holds now: a preset may fill other fields for another kind of event.
    """

    id: str
    name: str
    description: str
    elements: Mapping[str, Settings]
    fill: Callable[[Settings], Settings]
    docs_url: str = ""


@dataclass(frozen=True, slots=True, eq=False)  # there is one of each: identity will do
class Delegate:
    """A condition, an action or a data element type of a package.

    `compile` returns a `Condition`, an `Action` or a `Resolver`, by the list it stands in.
    `summarise` gives the words after the rule's IF or THEN, from settings alone.
    `check` finds what the schema cannot say; the schema itself is checked by the caller.
    `mark` gives a few loud words for settings that nobody should forget, such as
    ``Test event TEST123``; empty for none.
    `needs` names the cookies and headers of the visitor's request that the settings read, as
    `extensions.needs` writes them: only what a live build reads is kept with an event.
    `no_secrets` says in words why the settings may hold no secret at all; empty where they may.
    `failures` are the words in which it may fail on an event, for the docs; … stands for what
    differs. `mistakes` bring out what its form says, where the docs do not find that by a wrong
    value in one field: each is laid over the example, by dotted paths.
    """

    id: str  # package::conditions::name, as the original spells it
    name: str
    schema: Settings
    summarise: Callable[[Settings], str]
    compile: Callable[[Settings, Compiler], Any]
    check: Callable[[Settings], Sequence[Problem]] = lambda settings: ()
    description: str = ""
    mark: Callable[[Settings], str] = lambda settings: ""
    needs: Callable[[Settings], Sequence[str]] = lambda settings: ()
    no_secrets: Callable[[Settings], str] = lambda settings: ""
    presets: tuple[Preset, ...] = ()
    failures: tuple[str, ...] = ()
    mistakes: tuple[Settings, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request without its host, which is no matter of what is sent."""

    method: str
    path: str  # begins with a slash
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `failure` is set, and `status` is 0, when no HTTP answer did.

    `failure` is one of: ``connect`` (nothing was sent), ``timeout`` and ``broken`` (the request
    may have been processed), ``tls``, and ``blocked`` (this server may not talk to that address;
    `detail` says why).
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    failure: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means for the whole request.

    delivered: every event of it was taken. retry: send again, not before `after_seconds` when
    given. hold: the destination needs a hand or a pause; its events wait without spending
    attempts. rejected: the payload was refused; with more than one event the caller splits.
    `ambiguous` says that the destination may have processed the request after all.
    """

    outcome: Literal["delivered", "retry", "hold", "rejected"]
    reason: str  # stable code, such as "meta:190:463", "http:503", "network:timeout"
    title: str  # one line for a marketer
    explanation: str = ""  # what it means and what to do
    help_url: str = ""
    after_seconds: int | None = None
    ambiguous: bool = False
    trace_id: str = ""  # the destination's own id of the request
    notices: tuple[Notice, ...] = ()


class Destination(Protocol):
    """How a package that sends talks to its destination. Pure: the transport does the I/O.

    `credentials` are the keys of an address that hold secrets; opened, they come as a mapping of
    the same keys. `sample_code` labels what a person has to enter to send a sample; empty where
    nothing can be tried without an event.
    """

    max_events: int
    max_bytes: int
    credentials: tuple[str, ...]
    sample_code: str

    def label(self, address: Mapping[str, str]) -> str:
        """A short name of the address for people, such as ``Pixel 1234567890``."""

    def mark(self, address: Mapping[str, str]) -> str:
        """A few loud words for an address nobody should forget; empty for none."""

    def origin(self, address: Mapping[str, str]) -> str:
        """Where requests go, such as ``https://api.example.com``.

        Empty where the deployment's settings name the host. A host that is named here may come out
        of an event, so that only public addresses are talked to.
        """

    def takes(self, credential: str) -> bool:
        """Whether an opened credential can be one at all."""

    def told(self, address: Mapping[str, str], payload: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Return what people are shown of a payload, with none of its secrets."""

    def identifiers(self, payload: Mapping[str, JSON]) -> Iterable[str]:
        """Return what in a payload tells one person from others, in clear or hashed with SHA-256.

        A person's events are found by it when their content is gone; only keyed hashes of it are
        kept. What many people share, such as a city, is left out.
        """

    def connect(self, compiler: Compiler) -> Callable[[Scope], Mapping[str, str]]:
        """Return what gives the address from the extension's settings alone.

        What is returned raises `ComponentError`, in words for a marketer, where there is none.
        """

    def request(
        self,
        address: Mapping[str, str],
        credentials: Mapping[str, str],
        payloads: Sequence[bytes],
    ) -> Request:
        """Make the request for these payloads, each a JSON object already serialised."""

    def read(self, answer: Answer, count: int) -> Verdict:
        """Read the answer to a request of `count` events. Never raises, whatever came."""

    def probe(self, address: Mapping[str, str], credentials: Mapping[str, str]) -> Request:
        """Make a request that shows whether the address works, and creates no event."""

    def read_probe(self, answer: Answer) -> Verdict:
        """Read the answer to a probe: `delivered` means that the address works. Never raises."""

    def sample(self, address: Mapping[str, str], code: str, event_id: str, now: int) -> Send:
        """Return a harmless event to try the address with; `now` is in Unix seconds.

        Raises:
            ComponentError: the code cannot be right.
        """

    def survey(self, payloads: Sequence[Mapping[str, JSON]]) -> Sequence[Notice]:
        """Find what only many payloads together show, such as one person in all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """An entry of the catalog.

    `advise` gives warnings that depend on the day, `mark` loud words for a stage as a
    `Delegate` has them; both look at the settings of the installed extension.
    """

    id: str  # the original's package name; first part of its delegates' ids
    name: str
    publisher: str
    version: str
    promise: str  # one line for the catalog card
    icon: str  # name of a file in static/extensions/
    schema: Settings
    docs_url: str = ""
    check: Callable[[Settings], Sequence[Problem]] = lambda settings: ()
    advise: Callable[[Settings, date], Sequence[Problem]] = lambda settings, today: ()
    mark: Callable[[Settings, str], str] = lambda settings, stage: ""
    conditions: tuple[Delegate, ...] = ()
    actions: tuple[Delegate, ...] = ()
    data_elements: tuple[Delegate, ...] = ()
    destination: Destination | None = None
    preinstalled: bool = False

    def delegates(self) -> tuple[Delegate, ...]:
        """Every delegate of the package."""
        return self.conditions + self.actions + self.data_elements

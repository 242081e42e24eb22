"""Everything the collector can say no with, as RFC 9457 problem types.

The codes are part of the public contract: a client may branch on `type`, so they never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal.

    Args:
        code: the last part of its type URI.
        status: of HTTP.
        title: what it is called.
        come_back: the fewest and the most seconds after which it is worth another try.
    """

    code: str
    status: int
    title: str
    come_back: tuple[int, int] | None = None


_SOON = (1, 3)
_LATER = (10, 30)


MALFORMED_REQUEST = Problem("malformed-request", 400, "The request cannot be read")
MALFORMED_JSON = Problem("malformed-json", 400, "The body is not JSON")
INVALID_EVENT = Problem("invalid-event", 400, "An event has the wrong shape")
TOO_COMPLEX = Problem("too-complex", 400, "An event is nested too deep or has too many keys")
CANNOT_BE_STORED = Problem("cannot-be-stored", 400, "An event holds text that cannot be stored")
MALFORMED_ENCODING = Problem("malformed-encoding", 400, "The compressed body cannot be read")
MISSING_DATASTREAM = Problem("missing-datastream", 400, "No datastream is named")
MISSING_KEY = Problem("missing-key", 401, "The datastream asks for a server key")
UNKNOWN_KEY = Problem("unknown-key", 401, "This is no server key of the datastream")
DATASTREAM_DISABLED = Problem("datastream-disabled", 403, "The datastream is disabled")
ORIGIN_NOT_ALLOWED = Problem("origin-not-allowed", 403, "The datastream does not allow this origin")
NOT_FOUND = Problem("not-found", 404, "There is nothing here")
UNKNOWN_DATASTREAM = Problem("unknown-datastream", 404, "There is no such datastream")
METHOD_NOT_ALLOWED = Problem("method-not-allowed", 405, "This method is not allowed here")
TOO_SLOW = Problem("too-slow", 408, "The body did not arrive in time")
BODY_TOO_LARGE = Problem("body-too-large", 413, "The body is too large")
EVENT_TOO_LARGE = Problem("event-too-large", 413, "An event is too large")
TOO_MANY_EVENTS = Problem("too-many-events", 413, "There are too many events in one request")
ENCODING_NOT_SUPPORTED = Problem("encoding-not-supported", 415, "Send the body plain or with gzip")
RATE_LIMITED = Problem("rate-limited", 429, "The datastream takes fewer events a second")
DAILY_CAP = Problem("daily-cap", 429, "The datastream has taken its events of today")
OVERLOADED = Problem("overloaded", 503, "The collector is full; try again", _SOON)
UNAVAILABLE = Problem("unavailable", 503, "Events cannot be stored right now; try again", _SOON)
BACKLOG = Problem("backlog", 503, "Too many events wait to be sent; try again later", _LATER)
DISK_LOW = Problem("disk-low", 503, "There is too little room on the disk; try again later", _LATER)


class Refused(Exception):
    """A request, or one event of it, is answered with a problem, and nothing of it is stored.

    `line` is where the event stands in a body of lines; `each` has the refusals of all events,
    when every one of several was refused.
    """

    def __init__(self, problem: Problem, detail: str = "", headers: Headers = ()) -> None:
        """Take the problem, a sentence on this case (never a value of the sender), headers."""
        super().__init__(problem.code)
        self.problem = problem
        self.detail = detail
        self.headers = headers
        self.line: int | None = None
        self.each: Sequence[Refused] = ()

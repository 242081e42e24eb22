"""Everything the collector can say no with, as RFC 9457 problem types.

The codes are part of the public contract: a client may branch on `type`, so they never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal: the last part of its type URI, HTTP status and title."""

    code: str
    status: int
    title: str


MALFORMED_REQUEST = Problem("malformed-request", 400, "The request cannot be read")
MALFORMED_JSON = Problem("malformed-json", 400, "The body is not JSON")
INVALID_EVENT = Problem("invalid-event", 400, "An event has the wrong shape")
TOO_COMPLEX = Problem("too-complex", 400, "An event is nested too deep or has too many keys")
CANNOT_BE_STORED = Problem("cannot-be-stored", 400, "An event holds text that cannot be stored")
MISSING_DATASTREAM = Problem("missing-datastream", 400, "No datastream is named")
DATASTREAM_DISABLED = Problem("datastream-disabled", 403, "The datastream is disabled")
ORIGIN_NOT_ALLOWED = Problem("origin-not-allowed", 403, "The datastream does not allow this origin")
NOT_FOUND = Problem("not-found", 404, "There is nothing here")
UNKNOWN_DATASTREAM = Problem("unknown-datastream", 404, "There is no such datastream")
METHOD_NOT_ALLOWED = Problem("method-not-allowed", 405, "This method is not allowed here")
TOO_SLOW = Problem("too-slow", 408, "The body did not arrive in time")
BODY_TOO_LARGE = Problem("body-too-large", 413, "The body is too large")
EVENT_TOO_LARGE = Problem("event-too-large", 413, "An event is too large")
TOO_MANY_EVENTS = Problem("too-many-events", 413, "There are too many events in one request")
ENCODING_NOT_SUPPORTED = Problem("encoding-not-supported", 415, "Send the body uncompressed")
OVERLOADED = Problem("overloaded", 503, "The collector is full; try again")
UNAVAILABLE = Problem("unavailable", 503, "Events cannot be stored right now; try again")


class Refused(Exception):
    """The request is answered with a problem, and nothing of it is stored."""

    def __init__(self, problem: Problem, detail: str = "", headers: Headers = ()) -> None:
        """Take the problem, a sentence on this case (never a value of the sender), headers."""
        super().__init__(problem.code)
        self.problem = problem
        self.detail = detail
        self.headers = headers

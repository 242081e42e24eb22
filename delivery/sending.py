"""Send what is due to every destination that is open.

Only the posting happens in threads, so that the waits for answers overlap; everything about the
database stays with the caller. A destination that answers slowly keeps some of the threads, never
the loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache

import structlog
from django.db import Error

from delivery import claims, evaluation, finishing, sparing, transport
from delivery.attempts import without
from delivery.failures import described, is_clash, is_database_trouble, renew_connection
from delivery.reasons import REASONS
from delivery.requesting import Ready, make_ready, most_events
from extensions.contract import Answer, Verdict

logger = structlog.get_logger(__name__)

MOST_FLIGHTS = 16  # requests of one process at a time
# After this a request is given up, whatever its thread is doing. With the time before and after,
# it stays within the lease.
MOST_FLIGHT_SECONDS = 22
_LOOK_AROUND_SECONDS = 0.1


@dataclass(frozen=True, slots=True, repr=False)
class Flight:
    """A request under way."""

    ready: Ready
    started_at: float  # on the monotonic clock, as every moment here

    @property
    def is_overdue(self) -> bool:
        """Whether it is time to give it up."""
        return time.monotonic() - self.started_at > MOST_FLIGHT_SECONDS

    @property
    def milliseconds(self) -> int:
        """How long it has been under way."""
        return round((time.monotonic() - self.started_at) * 1000)


Flights = dict["Future[Answer]", Flight]


def send_due(seconds: float) -> bool:
    """Send until nothing is due, taking up new work for `seconds` at most.

    Returns:
        Whether it stopped for the time: there may be more to do.
    """
    ends = time.monotonic() + seconds
    flights: Flights = {}
    sparing.catch_up()
    while True:
        _despite_database(flights, lambda: _launch(flights, ends))
        if not flights:
            return time.monotonic() >= ends
        _land(flights)
        # A process that waits for answers judges what came in meanwhile, so that slow destinations
        # never keep every worker from new events.
        _despite_database(flights, evaluation.evaluate_due)


def _despite_database(flights: Flights, work: Callable[[], object]) -> None:
    """Take up work. While answers are awaited the database's trouble must not lose them."""
    try:
        work()
    except Error as error:
        if not flights:
            raise
        logger.error("work_not_taken_up", **described(error))
        renew_connection()


def _launch(flights: Flights, ends: float) -> None:
    while len(flights) < MOST_FLIGHTS and time.monotonic() < ends:
        claim = claims.claim_deliveries(most_events)
        if claim is None:
            return
        ready = _made_ready(claim)
        if ready is not None:
            send = transport.send_guarded if ready.is_guarded else transport.send
            future = _pool().submit(send, ready.base_url, ready.request)
            flights[future] = Flight(ready, time.monotonic())


def _made_ready(claim: claims.DeliveryClaim) -> Ready | None:
    try:
        return make_ready(claim)
    except Exception as error:  # noqa: BLE001 - other destinations go on; the lease brings this back
        _broken_off(claim, error, "request_not_ready")
        return None


def _broken_off(claim: claims.DeliveryClaim, error: Exception, what: str) -> None:
    """Let the claim count against its deliveries, unless it was the database's own trouble."""
    if is_database_trouble(error):
        sparing.spare(claim, error)
        return
    logger.error(what, attempt_id=claim.token.hex, **described(error))


def _land(flights: Flights) -> None:
    """Wait a moment for answers, and finish the requests that are over."""
    done, _ = wait(flights, _LOOK_AROUND_SECONDS, FIRST_COMPLETED)
    for future in list(flights):
        if future in done:
            _finish(flights.pop(future), _answer(future))
        elif flights[future].is_overdue:
            future.cancel()  # if no thread has taken it up yet, none ever does
            _finish(flights.pop(future), Answer(0, failure="timeout"))


def _finish(flight: Flight, answer: Answer) -> None:
    ready = flight.ready
    answer = without(ready.credentials, answer)
    try:
        _write(flight, _verdict(ready, answer), answer)
    except Exception as error:  # noqa: BLE001 - other requests go on; the lease brings this back
        _broken_off(ready.claim, error, "request_not_finished")


def _write(flight: Flight, verdict: Verdict, answer: Answer) -> None:
    """Write what a request brought. A lost answer means to send again, so a lost connection, which
    is often only an old one, is replaced once, and a clash with another worker tried once more.
    """
    try:
        finishing.finish(flight.ready.claim, verdict, answer, flight.milliseconds)
    except Error as error:
        if not (is_database_trouble(error) or is_clash(error)):
            raise
        renew_connection()
        finishing.finish(flight.ready.claim, verdict, answer, flight.milliseconds)


def _answer(future: Future[Answer]) -> Answer:
    error = future.exception()
    if error is None:
        return future.result()
    logger.error("transport_failed", **described(error))
    return Answer(0, failure="broken")


def _verdict(ready: Ready, answer: Answer) -> Verdict:
    try:
        return ready.sender.read(answer, len(ready.claim.rows))
    except Exception as error:  # noqa: BLE001 - a package's bug must not lose the deliveries
        logger.error("answer_not_read", attempt_id=ready.claim.token.hex, **described(error))
        words = REASONS["unreadable_answer"]
        return Verdict("retry", "unreadable_answer", words.title, words.explanation, ambiguous=True)


@cache
def _pool() -> ThreadPoolExecutor:
    # Twice as many threads: one that is given up may be stuck for a while. Made in the process that
    # uses it, since threads do not survive a fork.
    return ThreadPoolExecutor(2 * MOST_FLIGHTS, thread_name_prefix="transport")

"""Judge what came in and send what is due, to every destination that is open.

Both in one loop: a process that waits for answers judges new events meanwhile, and what it judged
leaves at once. Events gather for a moment first, as each batch costs the same whatever its size.

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

from delivery import claims, ending, evaluation, finishing, sharing, sparing, transport
from delivery.attempts import without
from delivery.departing import Departures
from delivery.failures import described, is_clash, is_database_trouble, renew_connection
from delivery.reasons import REASONS
from delivery.requesting import Ready, make_ready, most_events, packages_with_own_hosts
from extensions.contract import Answer, Verdict

logger = structlog.get_logger(__name__)

MOST_FLIGHTS = 32  # requests of one process at a time
# Of them to hosts that rules name: slow ones must leave room for those of the deployment.
MOST_GUARDED_FLIGHTS = MOST_FLIGHTS // 3
# How long an event may wait for others to travel with; a full batch leaves at once.
LINGER_SECONDS = 0.25
# After this a request is given up, whatever its thread is doing. With the time before and after,
# it stays within the lease.
MOST_FLIGHT_SECONDS = 22
_LOOK_AROUND_SECONDS = 0.1
_BREATH_SECONDS = 0.02
# A request that takes longer than most must not keep its process from other destinations: as long
# as one does, new work is taken up beyond the time, but no longer than this.
_SLOW_SECONDS = 1.0
_MOST_OVERTIME_SECONDS = 30.0


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
    """Judge and send until nothing is due, taking up new work for `seconds` at most, and only as
    long as the worker is not asked to end.

    Returns:
        Whether it stopped before all was done: there may be more to do.
    """
    began = time.monotonic()
    flights: Flights = {}
    sparing.catch_up()
    while True:
        is_over = _is_over(began, seconds, flights)
        if not is_over:
            _despite_database(flights, lambda: _launch(flights))
        gathering = False if is_over else _despite_database(flights, lambda: _judge(flights))
        if gathering is None:  # a batch was judged: it may leave
            _land(flights, 0)
        elif flights:
            _land(flights, _BREATH_SECONDS if gathering else _LOOK_AROUND_SECONDS)
        elif gathering:
            time.sleep(_BREATH_SECONDS)
        else:
            return is_over


def _is_over(began: float, seconds: float, flights: Flights) -> bool:
    if ending.is_near():
        return True
    passed = time.monotonic() - began
    if passed < seconds:
        return False
    is_slow = any(flight.milliseconds > 1000 * _SLOW_SECONDS for flight in flights.values())
    return not is_slow or passed >= seconds + _MOST_OVERTIME_SECONDS


def _judge(flights: Flights) -> bool | None:
    """Judge a batch of events if one is ready, and send what may leave at once.

    Returns:
        None when one was judged, else whether there are events to come back for.
    """
    due = sharing.look(evaluation.MOST_EVENTS)
    waits = claims.seconds_to_gather(due, evaluation.MOST_EVENTS, LINGER_SECONDS)
    if waits is None:
        return False
    if waits > 0:
        return True
    departures = Departures(MOST_FLIGHTS - len(flights), MOST_GUARDED_FLIGHTS - _guarded(flights))
    try:
        count = evaluation.evaluate_due(departures, due)
    finally:
        for ready in departures.ready:
            _depart(flights, ready)
    departures.note_served()
    if count is None:  # another worker was faster
        return True
    return None


def _despite_database(flights: Flights, work: Callable[[], bool | None]) -> bool | None:
    """Take up work. While answers are awaited the database's trouble must not lose them."""
    try:
        return work()
    except Error as error:
        if not flights:
            raise
        logger.error("work_not_taken_up", **described(error))
        renew_connection()
        return False


def _launch(flights: Flights) -> None:
    while len(flights) < MOST_FLIGHTS:
        claim = claims.claim_deliveries(most_events, _crowded(flights))
        if claim is None:
            return
        ready = _made_ready(claim)
        if ready is not None:
            _depart(flights, ready)


def _depart(flights: Flights, ready: Ready) -> None:
    send = transport.send_guarded if ready.is_guarded else transport.send
    future = _pool().submit(send, ready.base_url, ready.request)
    flights[future] = Flight(ready, time.monotonic())


def _guarded(flights: Flights) -> int:
    return sum(flight.ready.is_guarded for flight in flights.values())


def _crowded(flights: Flights) -> list[str]:
    """Return the packages that have as many requests under way as they may."""
    return packages_with_own_hosts() if _guarded(flights) >= MOST_GUARDED_FLIGHTS else []


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


def _land(flights: Flights, seconds: float) -> None:
    """Wait so long for answers, and finish the requests that are over."""
    done, _ = wait(flights, seconds, FIRST_COMPLETED)
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

"""Keeps the children: starts them, listens to them, starts the fallen again, ends them all.

One thread and one `select`: children are forked from the main thread only, which keeps both the
fork and the signal at the parent's death safe.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capi_admin.up.child import Child, ChildSpec, describe_end
from capi_admin.up.console import Console
from capi_admin.up.data_dir import log_file
from capi_admin.up.guard import Guard
from capi_admin.up.problem import CannotStart
from capi_admin.up.stopping import StopFlag

_TICK_SECONDS = 0.25
_PROBE_SECONDS = 0.05
# A child that falls once comes back at once; one that keeps falling does not burn the machine.
_BACKOFF_SECONDS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_SECONDS = 60.0


@dataclass(slots=True)
class _Post:
    """A child's place: how often it fell lately, and when it comes back."""

    child: Child
    falls: int = 0
    back_at: float | None = None


class Supervisor:
    """Owns every child of a start. Use it from the main thread, and always `shut_down`."""

    def __init__(self, console: Console, data_dir: Path, stop: StopFlag) -> None:
        self._console = console
        self._data_dir = data_dir
        self._stop = stop
        self._posts: list[_Post] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(stop.waker, selectors.EVENT_READ)
        self._guard = Guard()

    def start(self, spec: ChildSpec) -> None:
        """Start a child and keep it until `shut_down`.

        Raises:
            CannotStart: the program cannot be run.
            StopRequested: the person asked to stop.
        """
        self._stop.check()
        self._launch(self._new_child(spec))

    def run(self, spec: ChildSpec) -> None:
        """Run a child to its end.

        Raises:
            CannotStart: it failed, or another child ended meanwhile.
            StopRequested: the person asked to stop.
        """
        self._stop.check()
        post = self._launch(self._new_child(spec))
        while post.child.is_running:
            self._stop.check()
            self._listen(_TICK_SECONDS)
            self._refuse_fallen(except_for=post)
        code = post.child.exit_code
        self._retire(post)
        if code:
            raise CannotStart(_failure(post.child, code))

    def wait_until(self, is_ready: Callable[[], bool], name: str, seconds: float) -> None:
        """Listen to the children until something is ready.

        Raises:
            CannotStart: a child ended, or the time is over.
            StopRequested: the person asked to stop.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            self._stop.check()
            self._refuse_fallen()
            if time.monotonic() > deadline:
                raise CannotStart(f"{name} did not answer within {seconds:.0f} s.")
            self._listen(_PROBE_SECONDS)

    def watch(self) -> None:
        """Keep the children running until a stop is asked for."""
        while not self._stop.is_raised:
            self._listen(_TICK_SECONDS)
            for post in self._posts:
                self._tend(post)

    def shut_down(self) -> None:
        """End every child, the servers last, and return when none is left.

        What children say of their own end goes to their logs only.
        """
        for post in self._posts:
            post.child.on_line = _to_nobody
        self._end([post for post in self._posts if not post.child.spec.is_server])
        self._end([post for post in self._posts if post.child.spec.is_server])
        self._selector.close()
        self._guard.close()

    # --- Starting ---------------------------------------------------------------------------

    def _new_child(self, spec: ChildSpec) -> Child:
        log = log_file(self._data_dir, spec.name)
        return Child(spec, log, _to_nobody if spec.is_quiet else self._console.relay)

    def _launch(self, child: Child) -> _Post:
        post = _Post(child)
        # Known before it runs: whatever happens next, `shut_down` finds it.
        self._posts.append(post)
        self._begin(child)
        return post

    def _begin(self, child: Child) -> None:
        child.start()
        self._guard.keep(child)
        if child.pipe is not None:
            self._selector.register(child.pipe, selectors.EVENT_READ, child)

    def _refuse_fallen(self, except_for: _Post | None = None) -> None:
        for post in self._posts:
            code = post.child.exit_code
            if post is not except_for and code is not None:
                self._clear_away(post.child)
                raise CannotStart(_failure(post.child, code))

    # --- Watching ---------------------------------------------------------------------------

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                self._hear(key.data)
            else:
                with suppress(BlockingIOError):
                    self._stop.waker.recv(64)

    def _hear(self, child: Child) -> None:
        if child.read() == 0 and child.pipe is not None:
            self._selector.unregister(child.pipe)

    def _tend(self, post: _Post) -> None:
        code = post.child.exit_code
        if code is not None:
            self._plan_return(post, code)
        elif post.back_at is not None and time.monotonic() >= post.back_at:
            self._bring_back(post)

    def _plan_return(self, post: _Post, code: int) -> None:
        child = post.child
        if time.monotonic() - child.started_at > _STEADY_SECONDS:
            post.falls = 0
        self._clear_away(child)
        delay = _BACKOFF_SECONDS[min(post.falls, len(_BACKOFF_SECONDS) - 1)]
        post.falls += 1
        post.back_at = time.monotonic() + delay
        ended = f"{child.spec.name} ended with {describe_end(code)}"
        if delay:
            self._console.say(f"{ended}; it starts again in {delay:.0f} s")
        elif self._bring_back(post):
            self._console.say(f"{ended}; started again")

    def _bring_back(self, post: _Post) -> bool:
        post.back_at = None
        try:
            self._begin(post.child)
        except CannotStart as problem:
            self._console.say(f"{problem} The next try is in {_BACKOFF_SECONDS[-1]:.0f} s.")
            self._forget(post.child)
            post.back_at = time.monotonic() + _BACKOFF_SECONDS[-1]
            return False
        return True

    # --- Ending -----------------------------------------------------------------------------

    def _end(self, posts: list[_Post]) -> None:
        asked_at = time.monotonic()
        for post in posts:
            post.child.signal(post.child.spec.stop_signal)
        while waiting := [post.child for post in posts if post.child.is_running]:
            self._listen(_PROBE_SECONDS)
            for child in waiting:
                if time.monotonic() - asked_at > child.spec.grace_seconds:
                    self._clear_away(child)
        for post in posts:
            self._retire(post)

    def _retire(self, post: _Post) -> None:
        self._clear_away(post.child)
        post.child.close_log()
        self._posts.remove(post)

    def _clear_away(self, child: Child) -> None:
        if child.pipe is not None:
            with suppress(KeyError):  # it went when its output ended
                self._selector.unregister(child.pipe)
        self._forget(child)

    def _forget(self, child: Child) -> None:
        """Clear away, and only then tell the guardian that nothing is left."""
        group = child.group
        child.clear_away()
        if group is not None:
            self._guard.forget(group)


def _failure(child: Child, code: int) -> str:
    said = f": {child.last_line}" if child.last_line else ""
    return f"{child.spec.name} ended with {describe_end(code)}{said} (log: {child.log_path})"


def _to_nobody(_name: str, _line: str) -> None:
    """Listen to a child whose output goes to its log only."""

"""How long the steps of one request took, told to the caller as Server-Timing (W3C, Server Timing, 2)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_steps: ContextVar[dict[str, float] | None] = ContextVar("steps", default=None)


def start_timing() -> None:
    """Forget what was timed before in this context and begin anew."""
    _steps.set({})


@contextmanager
def step(name: str) -> Iterator[None]:
    """Add the time until the block ends to the step `name`; costs nothing where no timing was started."""
    started = time.perf_counter()
    try:
        yield
    finally:
        steps = _steps.get()
        if steps is not None:
            steps[name] = steps.get(name, 0.0) + time.perf_counter() - started


def server_timing() -> str:
    """Return the steps as a Server-Timing header's value, durations in milliseconds; empty if nothing was timed."""
    return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in (_steps.get() or {}).items())

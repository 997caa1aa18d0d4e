"""How deep the property tests go: shallow and the same every time in `make test`, as deep as asked for otherwise.

    PROPERTY_EXAMPLES=2000 PROPERTY_STEPS=60 .venv/bin/python -m pytest tests/properties -q

A deep run is a new one each time; what it finds is printed as the shortest way there, with the line that repeats it.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

_EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
_STEPS = int(os.environ.get("PROPERTY_STEPS", "40"))
IS_DEEP = _EXAMPLES > 0
# A failure in `make test` is known at once, and is made short only where somebody looks into it.
_PHASES = [Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if IS_DEEP else [])]

# Nothing ends a deep run but its examples.
unhurried = pytest.mark.timeout(0 if IS_DEEP else 300)


def depth(*, examples: int, steps: int = 20) -> settings:
    """Return how many examples, and of a machine how many steps in each, a test runs in `make test` or deeper."""
    return settings(
        max_examples=_EXAMPLES or examples,
        stateful_step_count=_STEPS if IS_DEEP else steps,
        derandomize=not IS_DEEP,
        database=settings().database if IS_DEEP else None,
        phases=_PHASES,
        print_blob=IS_DEEP,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

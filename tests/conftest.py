"""What all tests share: one browser, since Playwright can't be started twice, and Ctrl-C as a terminal gives it.

And of a run of one kind of tests (`-m sandbox`), that only files which hold some are read.
"""

import shutil
import signal
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest

# The language of `-m`, which pytest has no public name for.
from _pytest.mark.expression import Expression
from playwright.sync_api import Browser, sync_playwright

# Tests of these kinds are few, and reading all the others costs more than some of them.
_KINDS = ("browser", "sandbox")

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file of which no test can be of the kind asked for by `-m`, whichever of its marks each has."""
    wanted = config.option.markexpr
    if collection_path.suffix != ".py" or not wanted or not set(_KINDS) & set(wanted.split()):
        return None
    may_have = [(False, True) if _names(collection_path, kind) else (False,) for kind in _KINDS]
    expression = Expression.compile(wanted)
    marks = [dict(zip(_KINDS, each, strict=True)) for each in product(*may_have)]
    # A mark that this knows nothing of may stand there or not.
    return None if any(_fits(expression, each, other) for each in marks for other in (False, True)) else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a mark that its file doesn't name: a run of that kind would leave the file out."""
    for item in items:
        for kind in _KINDS:
            if item.get_closest_marker(kind) is not None and not _names(item.path, kind):
                raise pytest.UsageError(f"{item.nodeid} is marked {kind}; write pytest.mark.{kind} in its file")


@cache
def _names(path: Path, kind: str) -> bool:
    return f"mark.{kind}" in path.read_text(encoding="utf-8")


def _fits(expression: Expression, marks: dict[str, bool], other: bool) -> bool:
    return expression.evaluate(lambda name, /, **_: marks.get(name, other))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()

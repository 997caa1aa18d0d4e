"""What the documents point at is there: files, tests, pages of their own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from autopay_portal.celery import QUEUES
from companies.alarm_kinds import known_kinds

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bank_gateway" / "simulator" / "README.md"]
)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#:]+)\)")
# A path below the checkout that names a file: it begins with one of our folders.
_PATH = re.compile(r"[a-z_]+(?:/[\w.-]+)+\.(?:py|md|xml|json|yml|po|xsl)")
_TOP = {path.name for path in ROOT.iterdir() if path.is_dir()}


def _cited_tests(text: str) -> Iterator[tuple[str, str]]:
    """Yield (file, test); `::name` alone belongs to the file cited before it."""
    file = ""
    for cited in _CODE.findall(text):
        before, separator, name = cited.partition("::")
        if separator:
            file = before or file
            yield file, name


def _cited_paths(text: str) -> Iterator[str]:
    for cited in _CODE.findall(text):
        path = cited.partition("::")[0]
        if _PATH.fullmatch(path) and path.split("/")[0] in _TOP - {"var"}:
            yield path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_link_and_test_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    lost = [path for path in _cited_paths(text) if not (ROOT / path).is_file()]
    lost += [link for link in _LINK.findall(text) if not (document.parent / link).exists()]
    lost += [
        f"{file}::{name}"
        for file, name in _cited_tests(text)
        if not (ROOT / file).is_file() or f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]

    assert lost == []


def test_every_test_file_that_the_security_page_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+\.py)`", text))

    assert named
    assert named <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}


def test_every_page_of_decisions_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(_LINK.findall((folder / "README.md").read_text(encoding="utf-8")))

    assert listed == {path.name for path in folder.glob("*.md")} - {"README.md"}


def test_the_operators_page_has_every_alarm_by_its_name_once_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` ([^|]+?) \|", text, re.MULTILINE)

    assert sorted(rows) == [(kind.code, kind.name) for kind in known_kinds()]
    # Whoever is named elsewhere on the page is one of them.
    queues = set(QUEUES)
    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text)) <= {code for code, _ in rows} | queues


def test_the_operators_page_knows_every_queue() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(QUEUES)

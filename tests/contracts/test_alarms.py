"""Every alarm that any room raises or watches for has its place in the catalogue, in both languages, and an end."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from autopay_portal.translations.compiled import compile_language
from companies.alarm_kinds import AlarmKind, alarm_words, known_kinds, register_alarm_kinds
from companies.alarm_limits import DEADLINES, LIMITS
from companies.watches import endings, watches

compile_language("nb")

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("autopay_portal", "companies", "bank_gateway", "agreements", "erp_gateway", "remittance", "payments_in")
# Raised by a variable: the functions that gather their callers' words, and what these say.
GATHERED = {
    "remittance/answers/reports.py": {
        "bank_blocks_payment",
        "bank_contradicts_itself",
        "bank_status_unknown",
        "message_collision",
    },
    "remittance/answers/debits.py": {"debit_contradicts_state", "debit_without_order", "payment_debited_twice"},
    "bank_gateway/relay/services/restored.py": {"relay_on_hold_after_restore"},
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def _codes_raised() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "raise_alarm":
                    yield from ((name, code) for code in _codes_of(node, name))


def _codes_of(call: ast.Call, name: str) -> set[str]:
    (code,) = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    if isinstance(code, ast.Constant):
        return {str(code.value)}
    assert name in GATHERED, f"{name} raises an alarm whose code can't be read here"
    return GATHERED[name]


def test_every_alarm_that_is_raised_or_watched_for_is_in_the_catalogue() -> None:
    raised = set(_codes_raised())
    watched = {watch.code for watch in watches()}
    codes = {code for _, code in raised} | watched
    assert len(raised) >= 18
    assert len(watched) >= 15
    assert codes == {kind.code for kind in known_kinds()}


def test_whatever_gathers_codes_says_all_of_them() -> None:
    for name, codes in GATHERED.items():
        source = (ROOT / name).read_text(encoding="utf-8")
        assert {code for code in codes if f'"{code}"' in source} == codes


def test_every_watch_has_a_limit_or_a_deadline_and_nothing_else_has() -> None:
    watched = {watch.code for watch in watches()}
    without = {"net_bank_approval_wanted", "mail_address_refused"}  # their queries decide alone
    assert set(LIMITS) | set(DEADLINES) | without == watched
    assert not set(LIMITS) & set(DEADLINES)


def test_every_alarm_ends_by_what_is_watched_for_or_by_somebodys_word() -> None:
    watched = {watch.code for watch in watches()} | {ending.code for ending in endings()}
    # Ended where it is raised: when the folder is clean, when the restore's last pause is lifted.
    by_themselves = {"bank_file_refused", "relay_on_hold_after_restore"}
    for kind in known_kinds():
        assert (kind.closed_by is not None) == (kind.code not in watched | by_themselves), kind.code


def _shown(kind: AlarmKind, language: str, count: int) -> list[str]:
    names = PLACEHOLDER.findall(f"{kind.says} {kind.says_one} {kind.means} {kind.do} {kind.ends}")
    params = {name: f"<{name}>" for name in names} | {"count": count, "bank": "dnb", "day": "2026-11-24"}
    with override(language):
        words = alarm_words(code=kind.code, params=params)
    return [words.says, words.means, words.do, words.ends]


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("kind", known_kinds(), ids=lambda kind: kind.code)
def test_every_alarm_says_what_happened_what_it_means_and_what_to_do(kind: AlarmKind, language: str) -> None:
    for count in (1, 3):
        says, means, do, ends = _shown(kind, language, count)
        assert says
        assert means
        assert do
        assert bool(ends) == (kind.closed_by is None)
        assert not PLACEHOLDER.search(says + means + do + ends)
    if language == "nb":
        assert _shown(kind, "nb", 3)[0] != _shown(kind, "en", 3)[0]


def test_a_code_has_one_meaning_and_a_meaning_one_code() -> None:
    known = known_kinds()[0]
    for other in (
        AlarmKind(code=known.code, name="Else", says="Something else", means="", do="", ends="Never"),
        AlarmKind(code="another", name="Another", says=known.says, means="", do="", ends="Never"),
        AlarmKind(code="endless", name="Endless", says="It never ends", means="", do=""),
    ):
        with pytest.raises(ValueError, match="alarm"):
            register_alarm_kinds([other])
    assert [kind.code for kind in known_kinds() if kind.code in {"another", "endless"}] == []

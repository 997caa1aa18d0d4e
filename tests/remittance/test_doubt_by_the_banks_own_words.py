"""A doubt that the bank made by contradicting itself isn't ended by what it had said before."""

import pytest

from bank_gateway.models import OutgoingFile
from companies.models import User

from .test_answers import Ordered, ordered, states
from .test_sent_again import DUPLICATE, REJECTED, again, kari

__all__ = ["kari", "ordered"]

ACTC = "pain002/own_pain.002.001.03_1_technical_actc.xml"
BUSINESS = "pain002/own_pain.002.001.03_2_business_part.xml"
AT = "2026-11-20T"


@pytest.fixture
def contradicted(ordered: Ordered) -> Ordered:
    """Answered once, by a report of the 24th that rejects the whole and accepts payments below."""
    ordered.answer(BUSINESS, ("<GrpSts>PART</GrpSts>", "<GrpSts>RJCT</GrpSts>"), (AT, "2026-11-24T"))
    assert states() == {"101": "rejected_by_bank", "102": "in_doubt", "103": "in_doubt", "104": "in_doubt"}
    return ordered


@pytest.mark.parametrize("word", ["ACTC", "ACCP", "PDNG", "CANC", "RJCT"])
def test_a_word_from_before_the_contradiction_leaves_it_in_doubt(contradicted: Ordered, word: str) -> None:
    contradicted.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", f"<GrpSts>{word}</GrpSts>"))

    assert [states()[end] for end in ("102", "103", "104")] == ["in_doubt"] * 3


def test_a_technical_receipt_leaves_it_in_doubt_whenever_it_was_made(contradicted: Ordered) -> None:
    contradicted.answer(ACTC, (AT, "2026-11-25T"))

    assert [states()[end] for end in ("102", "103", "104")] == ["in_doubt"] * 3


def test_a_later_word_about_the_payments_ends_it(contradicted: Ordered) -> None:
    contradicted.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"), (AT, "2026-11-25T"))

    assert [states()[end] for end in ("102", "103", "104")] == ["accepted"] * 3


def test_a_word_from_between_two_contradictions_leaves_it_in_doubt(contradicted: Ordered) -> None:
    contradicted.answer(BUSINESS, ("<GrpSts>PART</GrpSts>", "<GrpSts>RJCT</GrpSts>"), (AT, "2026-11-26T"))

    contradicted.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"), (AT, "2026-11-25T"))

    assert [states()[end] for end in ("102", "103", "104")] == ["in_doubt"] * 3


def test_a_duplicate_reject_of_a_file_that_gave_up_its_payments_counts_from_when_it_was_made(
    ordered: Ordered, kari: User
) -> None:
    """What the bank had said before it, that it executes the file, doesn't tell which of two orders it means."""
    OutgoingFile.objects.update(state="sent", attempt=1, renames=1)
    ordered.answer(REJECTED)
    again(kari)
    ordered.answer(DUPLICATE, (AT, "2026-11-26T"))
    assert set(states().values()) == {"in_doubt"}

    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"), (AT, "2026-11-25T"))

    assert set(states().values()) == {"in_doubt"}

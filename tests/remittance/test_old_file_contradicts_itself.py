"""The bank says in one report of a replaced file both that a payment is refused and that it lives: it may be paid, so
the newer file is stopped before it leaves (money.md 2.7)."""

import pytest

from bank_gateway.models import Doubt
from companies.models import Alarm, User

from .test_answers import Ordered, ordered, states
from .test_sent_again import LATER, kari, released, sent_again

__all__ = ["kari", "ordered"]

BUSINESS = "pain002/own_pain.002.001.03_2_business_part.xml"
# The file's first group is refused, and a payment in it waits for funds.
BOTH = (
    LATER,
    ("<GrpSts>PART</GrpSts>", ""),
    ("<PmtInfSts>PART</PmtInfSts>", "<PmtInfSts>RJCT</PmtInfSts>"),
    ("<TxSts>RJCT</TxSts>", "<TxSts>PDNG</TxSts>"),
    ("<PmtInfSts>ACCP</PmtInfSts>", "<PmtInfSts>RJCT</PmtInfSts>"),
)


@pytest.mark.parametrize("state", ["unwritten", "queued", "uploading"])
def test_it_stops_a_new_file_that_has_not_left(ordered: Ordered, kari: User, state: str) -> None:
    newer = sent_again(ordered, kari, state=state)

    ordered.answer(BUSINESS, *BOTH)

    newer.refresh_from_db()
    if state != "unwritten":
        assert newer.state == "withdrawn"
    assert states()["101"] == "in_doubt"
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red", cleared_at=None).exists()
    assert Alarm.objects.filter(code="bank_contradicts_itself", severity="red", cleared_at=None).exists()
    assert Doubt.objects.get(ended_at=None).outgoing.generation == 1
    assert released().generation == newer.generation


@pytest.mark.parametrize("state", ["renaming", "sent"])
def test_it_is_an_alarm_and_no_more_when_the_new_file_has_left(ordered: Ordered, kari: User, state: str) -> None:
    newer = sent_again(ordered, kari, state=state)
    before = states()

    ordered.answer(BUSINESS, *BOTH)

    newer.refresh_from_db()
    assert (newer.state, states()) == (state, before)
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red", cleared_at=None).exists()

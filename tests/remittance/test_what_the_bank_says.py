"""The bank's words in a pain.002, in both versions: what each makes of a payment, in order, late, against another."""

import pytest

from bank_gateway.models import Deviation
from companies.models import Alarm
from erp_gateway.models import Message
from remittance.models import Payment, PaymentHistory

from .answering import AtBank, books, held, order_at_bank, red_alarms
from .builders import Sender
from .test_answers import Ordered, ordered, states

__all__ = ["ordered"]

A, B, C = "1000.00", "200.00", "30.00"
VERSIONS = pytest.mark.parametrize("version", ["03", "10"])
LATER, LATEST = "2026-11-25T10:00:00", "2026-11-25T12:00:00"


@pytest.fixture
def at_bank(sender: Sender) -> AtBank:
    return order_at_bank(sender, A=A, B=B, C=C)


def amber_alarms() -> list[str]:
    return sorted(Alarm.objects.filter(severity="amber", cleared_at=None).values_list("code", flat=True))


@VERSIONS
@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("RCVD", "received_by_bank"), ("ACTC", "received_by_bank"), ("ACCP", "accepted"), ("ACWC", "accepted"),
        ("ACSP", "accepted"), ("ACSC", "accepted"), ("ACCC", "accepted"), ("PDNG", "pending"), ("BLCK", "pending"),
        ("CANC", "stopped"), ("RJCT", "rejected_by_bank"), ("PATC", "received_by_bank"), ("XYZQ", "received_by_bank"),
    ],
)  # fmt: skip
def test_each_word_makes_of_a_payment_what_the_money_rules_say(
    at_bank: AtBank, word: str, state: str, version: str
) -> None:
    at_bank.report(A=word, at=LATER, version=version)

    assert at_bank.states() == {"A": state, "B": "received_by_bank", "C": "received_by_bank"}
    assert Payment.objects.get(end_to_end_id="A").bank_says_settled is (word in {"ACSC", "ACCC"})
    expected = {"BLCK": ["bank_blocks_payment"], "PATC": ["bank_status_unknown"], "XYZQ": ["bank_status_unknown"]}
    assert amber_alarms() == expected.get(word, [])


@VERSIONS
@pytest.mark.parametrize("level", ["whole", "group"])
@pytest.mark.parametrize(("word", "state"), [("ACCP", "accepted"), ("RJCT", "rejected_by_bank"), ("PDNG", "pending")])
def test_a_word_covers_every_payment_below_it_that_is_not_named(
    at_bank: AtBank, word: str, state: str, level: str, version: str
) -> None:
    levels = {"whole": "", "group": ""} | {level: word}

    at_bank.report(whole=levels["whole"], group=levels["group"], at=LATER, version=version)

    assert set(at_bank.states().values()) == {state}


@VERSIONS
def test_a_word_above_does_not_reach_a_payment_that_is_named_below(at_bank: AtBank, version: str) -> None:
    at_bank.report(group="ACCP", A="RJCT", B="PDNG", at=LATER, version=version)

    assert at_bank.states() == {"A": "rejected_by_bank", "B": "pending", "C": "accepted"}


@VERSIONS
def test_part_covers_nothing(at_bank: AtBank, version: str) -> None:
    at_bank.report(whole="PART", group="PART", A="ACCP", at=LATER, version=version)

    assert at_bank.states() == {"A": "accepted", "B": "received_by_bank", "C": "received_by_bank"}


@VERSIONS
def test_a_reject_after_it_was_accepted_counts(at_bank: AtBank, version: str) -> None:
    at_bank.report(whole="ACCP", at=LATER, version=version)

    at_bank.report(A="RJCT", at=LATEST, version=version, reasons={"A": ("AC04", "Kontoen er avsluttet")})

    assert at_bank.states() == {"A": "rejected_by_bank", "B": "accepted", "C": "accepted"}
    rejected = Payment.objects.get(end_to_end_id="A")
    assert (rejected.reason_code, rejected.bank_text) == ("AC04", "Kontoen er avsluttet")
    assert red_alarms() == []


@VERSIONS
def test_a_reject_after_the_bank_said_settled_counts_with_a_red_alarm(at_bank: AtBank, version: str) -> None:
    at_bank.report(whole="ACSC", at=LATER, version=version)

    at_bank.report(A="RJCT", at=LATEST, version=version)

    assert at_bank.states() == {"A": "rejected_by_bank", "B": "accepted", "C": "accepted"}
    assert red_alarms() == ["bank_contradicts_itself"]


def test_a_debit_after_settled_and_rejected_pays_with_a_red_alarm(at_bank: AtBank) -> None:
    at_bank.report(A="ACSC", at=LATER)
    at_bank.report(A="RJCT", at=LATEST)

    at_bank.notify(at_bank.debit("A"))

    assert at_bank.states()["A"] == "paid"
    assert red_alarms() == ["bank_contradicts_itself", "debit_contradicts_state"]


def test_a_reject_of_what_is_debited_moves_nothing_and_is_a_red_alarm(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"))

    at_bank.report(A="RJCT", at=LATEST)

    assert at_bank.states()["A"] == "paid"
    assert books() == {"1920": "-1000.00", "2400": "1000.00"}
    assert red_alarms() == ["bank_contradicts_itself"]


@VERSIONS
def test_settled_with_a_reason_is_settled_and_the_reason_is_kept(at_bank: AtBank, version: str) -> None:
    at_bank.report(A="ACSC", at=LATER, version=version, reasons={"A": ("DT06", "Datoen er flyttet")})

    settled = Payment.objects.get(end_to_end_id="A")
    assert (settled.status, settled.bank_says_settled) == ("accepted", True)
    assert (settled.reason_code, settled.bank_text) == ("DT06", "Datoen er flyttet")
    assert red_alarms() == []


@VERSIONS
def test_what_waits_for_funds_is_paid_when_it_is_debited_and_its_reason_is_gone(at_bank: AtBank, version: str) -> None:
    at_bank.report(A="PDNG", at=LATER, version=version, reasons={"A": ("AM04", "Ikke dekning")})
    assert at_bank.states()["A"] == "pending"

    at_bank.report(A="ACSC", at=LATEST, version=version)
    at_bank.notify(at_bank.debit("A"))

    paid = Payment.objects.get(end_to_end_id="A")
    assert (paid.status, paid.reason_code, paid.bank_text) == ("paid", None, None)
    assert red_alarms() == []


@pytest.mark.parametrize(("first", "second"), [("ACCP", "PDNG"), ("PDNG", "ACCP")])
def test_between_accepted_and_pending_the_banks_later_word_wins_in_whichever_order_it_comes(
    at_bank: AtBank, first: str, second: str
) -> None:
    wins = {"ACCP": "accepted", "PDNG": "pending"}[second]

    at_bank.report(A=first, at=LATER)
    at_bank.report(A=second, at=LATEST)
    at_bank.report(B=second, at=LATEST)
    at_bank.report(B=first, at=LATER)

    assert (at_bank.states()["A"], at_bank.states()["B"]) == (wins, wins)


def test_the_same_report_in_another_file_changes_nothing_and_is_told_to_nobody(at_bank: AtBank) -> None:
    at_bank.report(A="RJCT", B="ACCP", at=LATER)
    told = Message.objects.count()

    at_bank.report(A="RJCT", B="ACCP", at=LATER)

    assert at_bank.states() == {"A": "rejected_by_bank", "B": "accepted", "C": "received_by_bank"}
    assert Message.objects.count() == told
    assert (red_alarms(), held()) == ([], [])


@pytest.mark.parametrize("reason", ["CUST", "DS02"])
def test_a_reject_because_of_our_stop_is_a_stop(at_bank: AtBank, reason: str) -> None:
    _ask_to_stop(at_bank)

    at_bank.report(A="RJCT", at=LATER, reasons={"A": (reason, "")})

    assert at_bank.states()["A"] == "stopped"


def test_a_reject_for_another_reason_is_a_reject_though_a_stop_was_asked(at_bank: AtBank) -> None:
    _ask_to_stop(at_bank)

    at_bank.report(A="RJCT", at=LATER, reasons={"A": ("AC04", "")})

    assert at_bank.states()["A"] == "rejected_by_bank"


def test_the_same_reason_without_a_stop_is_a_reject(at_bank: AtBank) -> None:
    at_bank.report(A="RJCT", at=LATER, reasons={"A": ("CUST", "")})

    assert at_bank.states()["A"] == "rejected_by_bank"


def _ask_to_stop(at_bank: AtBank) -> None:
    Payment.objects.filter(end_to_end_id="A").update(status="stop_requested")


@VERSIONS
def test_a_payment_that_the_file_does_not_hold_is_kept_for_a_person(at_bank: AtBank, version: str) -> None:
    at_bank.report(A="ACCP", FREMMED="RJCT", at=LATER, version=version)

    assert at_bank.states() == {"A": "accepted", "B": "received_by_bank", "C": "received_by_bank"}
    (kept,) = Deviation.objects.filter(state="open")
    assert (kept.kind, kept.reference) == ("unclaimed", "FREMMED")


def test_a_report_on_an_unknown_file_changes_nothing_and_is_kept(at_bank: AtBank) -> None:
    unknown = AtBank(at_bank.sender, "APDETTEERIKKEVAARFIL", at_bank.amounts)

    unknown.report(A="RJCT", at=LATER)

    assert set(at_bank.states().values()) == {"received_by_bank"}
    assert held() == [("unknown_message", "0.00")]
    assert "answer_to_unknown_file" in {*red_alarms(), *amber_alarms()}


@VERSIONS
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1_technical_actc", ["received_by_bank"] * 4),
        ("1_technical_rjct_ff01", ["rejected_by_bank"] * 4),
        # Sent once, and the bank takes it for a duplicate: nobody knows of what.
        ("1_duplicate_rjct", ["in_doubt"] * 4),
        ("2_acwc_date_changed", ["sent", "sent", "sent", "accepted"]),
        ("2_business_part", ["rejected_by_bank", "accepted", "accepted", "accepted"]),
        ("2_pmtinf_rjct_no_tx", ["rejected_by_bank", "rejected_by_bank", "rejected_by_bank", "sent"]),
        ("3_duedate_pdng_am04", ["pending", "pending", "pending", "sent"]),
        ("3_duedate_rjct_after_accp", ["sent", "accepted", "rejected_by_bank", "sent"]),
    ],
)
def test_every_sample_makes_of_the_payments_what_it_says(
    ordered: Ordered, name: str, expected: list[str], version: str
) -> None:
    file = ordered.answer(f"pain002/own_pain.002.001.{version}_{name}.xml")

    assert file.state == "applied", file.errors
    assert list(states().values()) == expected
    assert held() == []
    assert red_alarms() == (["message_collision"] if name == "1_duplicate_rjct" else [])


@pytest.mark.parametrize(("version", "day"), [("03", "2026-12-01"), ("10", "<Dt>2026-12-01</Dt>")])
def test_accepted_with_a_change_keeps_the_banks_date_beside_the_one_asked_for(
    ordered: Ordered, version: str, day: str
) -> None:
    reference = "<AcctSvcrRef>DNB000000004</AcctSvcrRef>"
    dated = f"{reference}<OrgnlTxRef><ReqdExctnDt>{day}</ReqdExctnDt></OrgnlTxRef>"

    ordered.answer(f"pain002/own_pain.002.001.{version}_2_acwc_date_changed.xml", (reference, dated))

    moved = Payment.objects.get(end_to_end_id="LEV-2026-000104")
    assert (moved.status, moved.reason_code, moved.bank_reference) == ("accepted", "DT06", "DNB000000004")
    assert (str(moved.execution_date), str(moved.bank_date)) == ("2026-11-30", "2026-12-01")


@VERSIONS
def test_the_samples_in_the_order_of_a_day_end_where_the_last_word_puts_them(ordered: Ordered, version: str) -> None:
    for name in ("1_technical_actc", "2_business_part", "3_duedate_rjct_after_accp"):
        ordered.answer(f"pain002/own_pain.002.001.{version}_{name}.xml")

    assert list(states().values()) == ["rejected_by_bank", "accepted", "rejected_by_bank", "accepted"]
    assert red_alarms() == []
    assert set(PaymentHistory.objects.values_list("cause__kind", flat=True)) >= {"status_report"}

"""The drill: yesterday's backup is restored after the bank has executed since, while ERPs send again.

Real PostgreSQL, a real simulated bank over SFTP, the relay's real code. What counts at the end is the bank's list of
executions and the books.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from autopay_portal.backup.restoring import restore
from autopay_portal.backup.saving import back_up
from bank_gateway.channels.lines import close_lines
from bank_gateway.models import Deviation, OutgoingFile
from bank_gateway.relay.services import pause_outgoing
from companies.models import Alarm
from payments_in.models import IncomingPayment
from remittance.models import Payment, Remittance
from remittance.services.cancel import cancel_payment, cancel_remittance
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT
from tests.bank_gateway.simulator.running import Simulator
from tests.companies.builders import SETUP
from tests.restore.office import Office, forget_time, open_office, pay
from tests.restore.test_backup import quiet


@pytest.fixture
def office(database: str, tmp_path: Path, settings: Any) -> Iterator[Office]:
    simulator = Simulator(tmp_path / "banks")
    simulator.start()
    settings.BANKS_URL = simulator.addresses["control"]
    settings.RELAY_STILL = 0
    forget_time()
    yield open_office(simulator)
    close_lines()
    simulator.stop()
    forget_time()


def test_after_the_drill_the_bank_has_executed_each_payment_once_and_the_books_agree(
    office: Office, tmp_path: Path
) -> None:
    # Yesterday: one order is paid, two wait because the bank is paused, and the backup is made.
    office.send("EARLY", pay("EARLY-1", "100.00"))
    office.work()
    office.execute()
    pause_outgoing(scope="bank", bank="dnb", actor=office.operator, reason="The bank asked us to wait")
    office.send("WAITING", pay("WAITING-1", "110.00"))
    cancelled = office.send("CANCELLED", pay("CANCELLED-1", "120.00"))
    office.work()
    backup = back_up(to=tmp_path / "backup", say=quiet).folder

    # Since then: one of the two is cancelled, the other sent; new orders come, one of which is partly cancelled.
    cancel_remittance(remittance_id=cancelled, actor=SETUP)
    partly = office.send("PARTLY", pay("PARTLY-1", "130.00"), pay("PARTLY-2", "140.00"))
    office.work()
    cancel_payment(payment_id=Payment.objects.get(remittance=partly, position=2).pk, actor=SETUP)
    office.release_banks()
    office.send("LATE", pay("LATE-1", "150.00"), pay("LATE-2", "160.00"))
    office.work()
    _pay_in(office, "250.00")
    office.execute()
    assert office.executed() == Counter(["EARLY-1", "WAITING-1", "PARTLY-1", "LATE-1", "LATE-2"])
    assert office.states("LATE") == ["paid", "paid"]
    assert [row.amount for row in IncomingPayment.objects.all()] == [25000]
    delivered = office.files_at_bank()

    # The database is lost, and yesterday's backup is restored.
    office.close()
    restored = restore(source=backup, replace=True, say=quiet)
    assert restored.reconciled.hold.banks == ("dnb",)
    assert restored.reconciled.remembered.payments == 4
    assert not Remittance.objects.filter(message_id__in=["PARTLY", "LATE"]).exists()

    # ERPs send again what they find no trace of, new orders, and the same payments in an order of another name.
    office.send("RENAMED", pay("LATE-1", "150.00"))
    for name in ("PARTLY", "LATE"):
        office.send(name)
    office.send("NEW", pay("NEW-1", "170.00"))
    office.work()
    office.execute()
    assert office.files_at_bank() == delivered
    assert office.executed() == Counter(["EARLY-1", "WAITING-1", "PARTLY-1", "LATE-1", "LATE-2"])

    # What the bank said since the backup is taken from its archive; it finds the orders that came again.
    assert office.states("WAITING") == ["paid"]
    assert office.states("LATE") == ["paid", "paid"]
    assert office.states("NEW") == ["approved"]

    # One payment of an order was cancelled before it was sent, and stands there again: its ERP cancels it again.
    assert office.states("PARTLY") == ["approved", "approved"]
    refused = Alarm.objects.get(code="release_refused", cleared_at=None)
    assert refused.params["reason"] == "differs_from_sent"
    cancel_payment(payment_id=Payment.objects.get(end_to_end_id="PARTLY-2").pk, actor=SETUP)
    office.work()
    assert office.states("PARTLY") == ["paid", "cancelled"]

    # The operators release the bank.
    assert office.release_banks() == ["dnb"]
    office.work()
    office.execute()
    assert office.files_at_bank() == delivered + 1
    assert office.executed() == Counter(["EARLY-1", "WAITING-1", "PARTLY-1", "LATE-1", "LATE-2", "NEW-1"])
    assert office.states("NEW") == ["paid"]

    # What was never executed isn't called paid, and waits for a person.
    assert office.states("CANCELLED") == ["approved"]
    assert OutgoingFile.objects.get(subject_id=cancelled).state == "withdrawn"
    assert office.states("RENAMED") == ["awaiting_approval"]
    open_alarms = set(Alarm.objects.filter(cleared_at=None).values_list("code", flat=True))
    assert "outgoing_withdrawn_before_restore" in open_alarms

    # The books: every executed payment once, what came in once, nothing left of what the bank told.
    assert office.booked() == office.executed()
    assert [row.amount for row in IncomingPayment.objects.all()] == [25000]
    assert not Deviation.objects.filter(state="open").exists()
    assert _bank_money(office) == Decimal(10000) + 250 - sum(
        (Decimal(row["amount"]) for row in office.simulator.executions()), Decimal(0)
    )


def _pay_in(office: Office, amount: str) -> None:
    office.simulator.post(
        "banks/dnb/incoming", {"account": OUR_ACCOUNT, "amount": amount, "kid": "0010017", "debtor_name": "Kari"}
    )


def _bank_money(office: Office) -> Decimal:
    return Decimal(office.simulator.balances()[OUR_ACCOUNT])

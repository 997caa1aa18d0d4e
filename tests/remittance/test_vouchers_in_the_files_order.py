"""Vouchers of one file come in the order of its entries, also where there are more than nine of them."""

import pytest

from erp_gateway.models import LedgerLine

from .answering import order_at_bank
from .builders import Sender

NAMES = [f"P{number}" for number in range(1, 13)]


@pytest.mark.django_db
def test_vouchers_stand_as_their_entries_do(sender: Sender) -> None:
    at_bank = order_at_bank(sender, **dict.fromkeys(NAMES, "100.00"))

    at_bank.notify(*(at_bank.debit(name) for name in NAMES))

    lines = LedgerLine.objects.exclude(end_to_end_id=None).order_by("number")
    assert list(lines.values_list("end_to_end_id", flat=True)) == NAMES

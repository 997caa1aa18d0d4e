"""Nordea, as far as public material says; what is marked assumed is a guess of the usual shape."""

from datetime import time, timedelta

from bank_gateway.simulator.profiles.habits import (
    BITS_PAIRS,
    BankHabits,
    DuplicateControl,
    DuplicateKind,
    GroupStatus,
    Naming,
    PastDate,
)

NORDEA = BankHabits(
    id="nordea",
    name="Nordea Bank Abp, filial i Norge",
    bic="NDEANOKK",
    file_mark="NDEA",
    reference_mark="NDEA",
    answers=BITS_PAIRS,
    fallback_order="pain.001.001.09",
    credit_notification="camt.054.001.08",
    initiating_ids=("CUST", "BANK"),  # BANK is the sender id
    refused_elements=(),
    # Nordea states at least 90 days; that a copy is told in words only is assumed.
    duplicates=DuplicateControl(DuplicateKind.NARRATIVE, timedelta(days=90)),
    fault_takes_creditor=False,
    group_status=GroupStatus.REJECT_ONLY,  # assumed
    naming=Naming.EVERY_PAYMENT,  # assumed
    tells_settled=True,
    tells_waiting_for_funds=False,
    cutoffs={  # assumed
        "normal": (time(9, 0), time(11, 0), time(13, 0), time(14, 30)),
        "urgent": (time(15, 30),),
        "salary": (time(9, 0), time(13, 0)),
    },
    paid_before_closed_days=frozenset(),  # assumed
    past_date=PastDate.REJECTED,  # assumed
    oldest_days=0,
    furthest_days=365,
    technical_after=timedelta(seconds=3),
    business_after=timedelta(seconds=6),
    batch_booking=False,
    lump_details=True,
)

"""DNB, as far as public material says; what is marked assumed is a guess of the usual shape."""

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

DNB = BankHabits(
    id="dnb",
    name="DNB Bank ASA",
    bic="DNBANOKK",
    file_mark="DNB",
    reference_mark="DNB",
    answers=BITS_PAIRS,
    fallback_order="pain.001.001.03",
    credit_notification="camt.054.001.02",
    initiating_ids=("CUST", "BANK"),  # BANK is the division
    refused_elements=(),
    # Stated is an "agreed period"; here a MsgId is never forgotten.
    duplicates=DuplicateControl(DuplicateKind.CODE),
    fault_takes_creditor=False,
    group_status=GroupStatus.ALWAYS,
    naming=Naming.REJECTS_IN_PART,
    tells_settled=False,
    tells_waiting_for_funds=False,
    cutoffs={  # assumed
        "normal": (time(8, 45), time(10, 0), time(11, 30), time(14, 0)),
        "urgent": (time(15, 0),),
        "salary": (time(8, 45), time(14, 0)),
    },
    paid_before_closed_days=frozenset({"SALA", "PENS"}),  # assumed
    past_date=PastDate.MOVED,
    oldest_days=30,  # assumed
    furthest_days=365,
    technical_after=timedelta(seconds=2),
    business_after=timedelta(seconds=4),
    batch_booking=True,
    lump_details=True,
)

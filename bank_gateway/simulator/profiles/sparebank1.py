"""SpareBank 1, as far as public material says; what is marked assumed is a guess of the usual shape."""

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

SPAREBANK1 = BankHabits(
    id="sparebank1",
    name="SpareBank 1 (felles betalingsløsning)",
    bic="SPRONO22",
    file_mark="SB1",
    reference_mark="SPRO",
    answers=BITS_PAIRS,
    fallback_order="pain.001.001.03",
    credit_notification="camt.054.001.02",
    initiating_ids=("CUST",),  # assumed: a second id is refused
    # Public code says that local payments must not carry these.
    refused_elements=("NbOfTxs", "CtrlSum", "ChrgBr", "CdtTrfTxInf/ChrgBr"),
    duplicates=DuplicateControl(DuplicateKind.NONE),  # public material says nothing: the worst is assumed
    fault_takes_creditor=True,  # assumed
    group_status=GroupStatus.TECHNICAL_ONLY,  # assumed
    naming=Naming.REJECTS_ONLY,
    tells_settled=False,
    tells_waiting_for_funds=True,
    cutoffs={  # normal as SpareBank 1 Østfold publishes them, but for its midnight run; the others assumed
        "normal": (time(8, 15), time(10, 0), time(11, 30), time(13, 30)),
        "urgent": (time(14, 30),),
        "salary": (time(8, 15), time(11, 30)),
    },
    paid_before_closed_days=frozenset({"SALA"}),  # assumed
    past_date=PastDate.MOVED_SILENTLY,  # assumed
    oldest_days=30,  # assumed
    furthest_days=365,
    technical_after=timedelta(seconds=2),
    business_after=timedelta(seconds=5),
    batch_booking=True,
    lump_details=False,  # statements and notifications show lumps only
)

"""SpareBank 1, as far as public material says; what is marked "assumed" wants the bank's own word before real use.

The group's banks share one payment solution, which is what is described here.
"""

from datetime import time, timedelta

from bank_gateway.profiles.bank_profile import (
    BankProfile,
    CutOff,
    DuplicateControl,
    DuplicateKind,
    GroupStatus,
    NameLengths,
    NonBankDayRule,
    OrganisationId,
    PastDate,
    PaymentKind,
    ReceiptNames,
    RefusalReach,
    RemittanceTextLimits,
    SentElements,
    printable_latin1,
)

SPAREBANK1 = BankProfile(
    bank_id="sparebank1",
    name="SpareBank 1 (felles betalingsløsning)",
    short_name="SpareBank 1",
    bic="SPRONO22",
    # Bits' first set of messages (ISO version 2009): .03 orders are answered by pain.002.001.03 and camt.054.001.02.
    pain001_version="03",
    pain002_version="03",
    camt054_version="02",
    # The customer's agreement id alone; there is no division (assumed).
    organisation_ids=(OrganisationId.CUSTOMER,),
    debtor_organisation_ids=(OrganisationId.CUSTOMER,),
    # A count and a sum of PmtInf and who bears the charges must not be sent for local payments: so says a profile of
    # the bank in public code. A file with them is rejected (FF01, assumed).
    sent=SentElements(
        group_count=False,
        group_sum=False,
        charge_bearer=False,
        batch_booking=True,
        instruction_id=True,
        creditor_country=True,
    ),
    # The schema allows 140; 70 is assumed, as at the other banks.
    names=NameLengths(creditor=70, debtor=70),
    # Line length is the schema's; the number of lines and of documents is assumed.
    text=RemittanceTextLimits(lines=10, line_length=140, documents=999),
    character_encoding="ISO-8859-1",
    allowed_characters=printable_latin1(),
    # Normal: as SpareBank 1 Østfold Akershus publishes them, but for the run at midnight. The other kinds are assumed.
    cut_offs=(
        CutOff(kind=PaymentKind.NORMAL, executions=(time(8, 15), time(10, 0), time(11, 30), time(13, 30))),
        CutOff(kind=PaymentKind.URGENT, executions=(time(14, 30),)),
        CutOff(kind=PaymentKind.SALARY, executions=(time(8, 15), time(11, 30))),
    ),
    # Suppliers: banks move to the next bank day. Salary before the day off is assumed.
    non_bank_day=(
        ("supplier", NonBankDayRule.NEXT),
        ("salary", NonBankDayRule.PREVIOUS),
        ("pension", NonBankDayRule.NEXT),
        ("tax", NonBankDayRule.NEXT),
        ("intercompany", NonBankDayRule.NEXT),
    ),
    days_past=30,
    days_ahead=365,
    # Assumed.
    past_date=PastDate.MOVED_IN_SILENCE,
    # Public material says nothing of a duplicate control, so the worst is assumed: a copy pays again.
    duplicate_control=DuplicateControl(DuplicateKind.NONE, None),
    # Assumed: the receipts say as little as any bank's.
    group_status=GroupStatus.TECHNICAL_ONLY,
    receipt_names=ReceiptNames.REJECTS_ONLY,
    tells_settled=False,
    tells_waiting_for_funds=True,
    # ERP vendors tell of it at Norwegian banks; that it is so here is assumed.
    refusal_reach=RefusalReach.CREDITOR_ACCOUNT,
    batch_booking=True,
    # Statements and notifications show lump sums only (assumed of camt.054).
    lump_details=False,
    # The first receipt comes within minutes; four hours of silence is no longer normal (assumed).
    answer_time=timedelta(hours=4),
    file_name="pain001_{bank_message_id}.xml",
)

"""DNB, as far as public material says; what is marked "assumed" wants the bank's own word before real use."""

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

DNB = BankProfile(
    bank_id="dnb",
    name="DNB Bank ASA",
    short_name="DNB",
    bic="DNBANOKK",
    # Bits' first set of messages (ISO version 2009): .03 orders are answered by pain.002.001.03 and camt.054.001.02.
    pain001_version="03",
    pain002_version="03",
    camt054_version="02",
    # CUST is the customer's agreement id, BANK the division: DNB rejects a file whose division is wrong.
    organisation_ids=(OrganisationId.CUSTOMER, OrganisationId.DIVISION),
    debtor_organisation_ids=(OrganisationId.CUSTOMER,),
    sent=SentElements(
        group_count=True,
        group_sum=True,
        charge_bearer=True,
        batch_booking=True,
        instruction_id=True,
        creditor_country=True,
    ),
    # The schema allows 140; 70 is assumed, being what SWIFT's MX usage and most net banks show.
    names=NameLengths(creditor=70, debtor=70),
    # Line length is the schema's; the number of lines and of documents is assumed.
    text=RemittanceTextLimits(lines=10, line_length=140, documents=999),
    character_encoding="ISO-8859-1",
    allowed_characters=printable_latin1(),
    # NICS settles at 05:30, 09:30, 11:30, 13:30 and 15:30; a bank's own cut-offs lie before these. The hours are
    # assumed, of the same shape as those other Norwegian banks publish (08:45, 10:00, 11:30, 14:00).
    cut_offs=(
        CutOff(kind=PaymentKind.NORMAL, executions=(time(8, 45), time(10, 0), time(11, 30), time(14, 0))),
        CutOff(kind=PaymentKind.URGENT, executions=(time(15, 0),)),
        CutOff(kind=PaymentKind.SALARY, executions=(time(8, 45), time(14, 0))),
    ),
    # Suppliers: banks move to the next bank day (ACWC, DT06). Salary before the day off is assumed.
    non_bank_day=(
        ("supplier", NonBankDayRule.NEXT),
        ("salary", NonBankDayRule.PREVIOUS),
        ("pension", NonBankDayRule.PREVIOUS),
        ("tax", NonBankDayRule.NEXT),
        ("intercompany", NonBankDayRule.NEXT),
    ),
    days_past=30,
    days_ahead=365,
    # ACWC with DT06 and the new date.
    past_date=PastDate.MOVED,
    # DNB speaks of an "agreed period"; 90 days, the shortest any Norwegian bank names, is assumed.
    duplicate_control=DuplicateControl(DuplicateKind.MESSAGE_ID, timedelta(days=90)),
    # Assumed, after receipts that customers have shown.
    group_status=GroupStatus.ALWAYS,
    receipt_names=ReceiptNames.REJECTS_IN_PART,
    tells_settled=False,
    tells_waiting_for_funds=False,
    refusal_reach=RefusalReach.PAYMENT,
    batch_booking=True,
    lump_details=True,
    # The first receipt comes within seconds to minutes; four hours of silence is no longer normal (assumed).
    answer_time=timedelta(hours=4),
    file_name="pain001_{bank_message_id}.xml",
)

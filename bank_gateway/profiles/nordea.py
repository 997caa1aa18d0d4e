"""Nordea, as far as public material says; what is marked "assumed" wants the bank's own word before real use."""

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

NORDEA = BankProfile(
    bank_id="nordea",
    name="Nordea Bank Abp, filial i Norge",
    short_name="Nordea",
    bic="NDEANOKK",
    # Bits' second set (ISO version 2019), which Nordea's Corporate Access has taken since November 2025: .09 orders
    # are answered by pain.002.001.10 and camt.054.001.08.
    pain001_version="09",
    pain002_version="10",
    camt054_version="08",
    # CUST is the customer's agreement id, BANK the sender id.
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
    # The schema allows 140; 70 is assumed, as at the other banks.
    names=NameLengths(creditor=70, debtor=70),
    # Line length is the schema's; the number of lines and of documents is assumed.
    text=RemittanceTextLimits(lines=10, line_length=140, documents=999),
    # UTF-8, but only characters that ISO-8859-1 has, says Nordea's message guide.
    character_encoding="ISO-8859-1",
    allowed_characters=printable_latin1(),
    # The hours are assumed, of the same shape as those that other Norwegian banks publish.
    cut_offs=(
        CutOff(kind=PaymentKind.NORMAL, executions=(time(9, 0), time(11, 0), time(13, 0), time(14, 30))),
        CutOff(kind=PaymentKind.URGENT, executions=(time(15, 30),)),
        CutOff(kind=PaymentKind.SALARY, executions=(time(9, 0), time(13, 0))),
    ),
    # Banks move to the next bank day; that Nordea does so with salary too is assumed.
    non_bank_day=(
        ("supplier", NonBankDayRule.NEXT),
        ("salary", NonBankDayRule.NEXT),
        ("pension", NonBankDayRule.NEXT),
        ("tax", NonBankDayRule.NEXT),
        ("intercompany", NonBankDayRule.NEXT),
    ),
    days_past=30,
    days_ahead=365,
    # Assumed, being the strictest that a bank may do.
    past_date=PastDate.REJECTED,
    # A MsgId is unique for at least 90 days (Corporate Access). That a copy is told in words only is assumed.
    duplicate_control=DuplicateControl(DuplicateKind.MESSAGE_ID_NARRATIVE, timedelta(days=90)),
    # Assumed.
    group_status=GroupStatus.REJECTS_ONLY,
    receipt_names=ReceiptNames.EVERY_PAYMENT,
    tells_settled=True,
    tells_waiting_for_funds=False,
    refusal_reach=RefusalReach.PAYMENT,
    # One debit per payment unless the order asks for a lump (assumed).
    batch_booking=False,
    lump_details=True,
    # The first receipt comes within minutes (assumed).
    answer_time=timedelta(hours=2),
    file_name="pain001_{bank_message_id}.xml",
)

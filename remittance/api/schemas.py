"""Shapes of this room's requests and answers for the OpenAPI document."""

from agreements.models import PaidEvidence
from erp_gateway.api.schemas import AMOUNT, ANY, DATE, ID, NUMBER, TEXT, TIME, TRUTH, array, maybe, obj, one_of, page

from ..states import PaymentStatus, RemittanceStatus

MONEY = obj(currency=TEXT, amount=AMOUNT)
REASON = maybe(obj(code=maybe(TEXT), text_nb=maybe(TEXT), text_en=maybe(TEXT), bank_text=maybe(TEXT)))
REMITTANCE = obj(
    "id", "message_id", "status",
    id=ID, message_id=TEXT, status=one_of(*RemittanceStatus.values), agreement=ID, payment_count=NUMBER,
    total=array(MONEY), counts=ANY, created=TIME, approvals_required=NUMBER,
    debits_to_come=NUMBER,
    approvals=array(obj(user=TEXT, at=TIME)),
    duplicates_suspected=array(
        obj(
            payment=ID, earlier_payment=maybe(ID), earlier_remittance=maybe(ID), earlier_bank_message=maybe(TEXT),
            earlier_end_to_end_id=maybe(TEXT),
        )
    ),
    warnings=array(ANY), bank_messages=array(obj(message_id=TEXT, file=TEXT, status=TEXT, generation=NUMBER)),
)  # fmt: skip
PAYMENT = obj(
    id=ID, remittance=ID, end_to_end_id=TEXT, status=one_of(*PaymentStatus.values),
    paid_evidence=maybe(one_of(PaidEvidence.CAMT054, PaidEvidence.ACSC)), amount=AMOUNT, currency=TEXT,
    execution_date=DATE, bank_date=DATE, creditor_name=TEXT, creditor_account=TEXT, kid=maybe(TEXT),
    message=maybe(TEXT), erp_reference=maybe(TEXT), category=TEXT, urgent=TRUTH, supplier_number=maybe(TEXT),
    documents=array(ANY), reason=REASON, updated=TIME,
)  # fmt: skip
DRY_RUN = obj(valid=TRUTH, payment_count=NUMBER, total=array(MONEY), duplicates_suspected=NUMBER, warnings=array(ANY))
TIMELINE = obj(
    results=array(
        obj(at=TIME, event=TEXT, actor=TEXT, status=maybe(TEXT), detail_nb=TEXT, detail_en=TEXT, file=maybe(TEXT))
    )
)
_DOCUMENT = obj(
    "type", "amount", type=one_of("invoice", "credit_note"), number=TEXT, amount=AMOUNT, kid=TEXT, date=DATE
)
_CREDITOR = obj(
    "name", "account", name=TEXT, account=TEXT, bic=maybe(TEXT), supplier_number=maybe(TEXT), address=maybe(ANY)
)
ORDER = obj(
    message_id=TEXT,
    debtor_account=TEXT,
    payments=array(
        obj(
            "end_to_end_id",
            "amount",
            "currency",
            "execution_date",
            "creditor",
            end_to_end_id=TEXT,
            amount=AMOUNT,
            currency=TEXT,
            execution_date=DATE,
            creditor=_CREDITOR,
            kid=maybe(TEXT),
            message=maybe(TEXT),
            documents=array(_DOCUMENT),
            erp_reference=maybe(TEXT),
            category=one_of("supplier", "salary", "pension", "tax", "intercompany"),
            urgent=TRUTH,
            batch_booking=maybe(TRUTH),
            ledger_amount=maybe(AMOUNT),
        )
    ),
)
REMITTANCES = {200: page(REMITTANCE)}
PAYMENTS = {200: page(PAYMENT)}
RECEIVED = {201: REMITTANCE, 200: DRY_RUN}
ONE_REMITTANCE = {200: REMITTANCE}
ONE_PAYMENT = {200: PAYMENT}
ONE_TIMELINE = {200: TIMELINE}

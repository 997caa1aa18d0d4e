"""The bytes of a planned order, as JSON or as pain.001.001.09: fixed the moment it is first sent."""

import json
from datetime import date
from decimal import Decimal
from itertools import count as count_from
from typing import Any
from xml.sax.saxutils import escape

from tests.chaos.work import Order, Payment

_PURPOSES = {"supplier": "SUPP", "salary": "SALA"}


def write_order(order: Order, *, account: str, day: date) -> tuple[bytes, str]:
    """Return an order's bytes and their media type; all payments are to be made on `day` from `account`."""
    if order.as_xml:
        return _xml(order, account, day).encode(), "application/xml"
    payments = [_json(order, payment, place, day) for place, payment in enumerate(order.payments, 1)]
    content = {"message_id": order.message_id, "debtor_account": account, "payments": payments}
    return json.dumps(content).encode(), "application/json"


def _json(order: Order, payment: Payment, place: int, day: date) -> dict[str, Any]:
    return {
        "end_to_end_id": payment.end_to_end_id,
        "amount": f"{Decimal(payment.minor) / 100:.2f}",
        "currency": "NOK",
        "execution_date": day.isoformat(),
        "creditor": {"name": f"Mottaker {place} AS", "account": payment.account, "supplier_number": str(20000 + place)},
        "kid": payment.kid or None,
        "message": payment.text or None,
        "erp_reference": str(place),
        "category": payment.category,
        "batch_booking": order.batch_booking,
    }


def _xml(order: Order, account: str, day: date) -> str:
    total = f"{sum(Decimal(payment.minor) for payment in order.payments) / 100:.2f}"
    booking = "" if order.batch_booking is None else f"<BtchBookg>{str(order.batch_booking).lower()}</BtchBookg>"
    purpose = _PURPOSES[order.payments[0].category]
    places = count_from(1)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">'
        f"<CstmrCdtTrfInitn><GrpHdr><MsgId>{order.message_id}</MsgId><CreDtTm>{day}T07:00:00</CreDtTm>"
        f"<NbOfTxs>{len(order.payments)}</NbOfTxs><CtrlSum>{total}</CtrlSum><InitgPty><Nm>Bakeri AS</Nm></InitgPty>"
        f"</GrpHdr><PmtInf><PmtInfId>{order.message_id}-A</PmtInfId><PmtMtd>TRF</PmtMtd>{booking}"
        f"<PmtTpInf><CtgyPurp><Cd>{purpose}</Cd></CtgyPurp></PmtTpInf>"
        f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>Bakeri AS</Nm></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>{account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><BICFI>DNBANOKK</BICFI></FinInstnId></DbtrAgt>\n"
        + "".join(_transfer(payment, next(places)) for payment in order.payments)
        + "</PmtInf></CstmrCdtTrfInitn></Document>\n"
    )


def _transfer(payment: Payment, place: int) -> str:
    reference = (
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{payment.kid}</Ref></CdtrRefInf></Strd>"
        if payment.kid
        else f"<Ustrd>{escape(payment.text)}</Ustrd>"
    )
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{place}</InstrId><EndToEndId>{payment.end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="NOK">{Decimal(payment.minor) / 100:.2f}</InstdAmt></Amt>'
        f"<Cdtr><Nm>Mottaker {place} AS</Nm><Id><OrgId><Othr><Id>{20000 + place}</Id>"
        "<SchmeNm><Prtry>SUPPLIER</Prtry></SchmeNm></Othr></OrgId></Id></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{payment.account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></CdtrAcct>"
        f"<RmtInf>{reference}</RmtInf></CdtTrfTxInf>\n"
    )

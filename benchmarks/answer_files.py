"""A bank's answers to one order of any size: a pain.002 that names every payment, and a camt.054 that books them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_PAIN002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
_CAMT054 = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


@dataclass(frozen=True, slots=True)
class Booked:
    """One payment as the bank had it: its place in the order, the ERP's id, its amount as written."""

    position: int
    end_to_end_id: str
    amount: str
    creditor_name: str
    kid: str | None
    message: str | None


def write_status_report(path: Path, *, message_id: str, group: int, payments: Iterable[Booked], day: date) -> None:
    """Write a pain.002.001.10 that says ACCP of every payment by name."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_PAIN002}"><CstmrPmtStsRpt>'
            f"<GrpHdr><MsgId>SIM-{message_id}</MsgId><CreDtTm>{day}T09:00:00+01:00</CreDtTm></GrpHdr>\n"
            f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
            f"</OrgnlGrpInfAndSts>\n<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}-{group}</OrgnlPmtInfId>\n"
        )
        file.writelines(_status(message_id, payment) for payment in payments)
        file.write("</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>\n")


def write_notification(
    path: Path, *, message_id: str, group: int, account: str, payments: list[Booked], total: str, day: date
) -> None:
    """Write a camt.054.001.08 with one booked lump and a transaction for every payment."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_CAMT054}"><BkToCstmrDbtCdtNtfctn>'
            f"<GrpHdr><MsgId>SIM-D-{message_id}</MsgId><CreDtTm>{day}T14:00:00+01:00</CreDtTm></GrpHdr>\n"
            f"<Ntfctn><Id>D-{message_id}</Id><CreDtTm>{day}T14:00:00+01:00</CreDtTm><Acct><Id><Othr><Id>{account}</Id>"
            "<SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id><Ccy>NOK</Ccy></Acct>\n"
            f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="NOK">{total}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
            f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>L{message_id}</AcctSvcrRef>"
            "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
            f"<NtryDtls><Btch><MsgId>{message_id}</MsgId><PmtInfId>{message_id}-{group}</PmtInfId>"
            f"<NbOfTxs>{len(payments)}</NbOfTxs></Btch>\n"
        )
        file.writelines(_transaction(message_id, group, payment) for payment in payments)
        file.write("</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n")


def _status(message_id: str, payment: Booked) -> str:
    return (
        f"<TxInfAndSts><OrgnlInstrId>{message_id}-{payment.position}</OrgnlInstrId>"
        f"<OrgnlEndToEndId>{payment.end_to_end_id}</OrgnlEndToEndId><TxSts>ACCP</TxSts>"
        f"<AcctSvcrRef>B{payment.position:012d}</AcctSvcrRef></TxInfAndSts>\n"
    )


def _transaction(message_id: str, group: int, payment: Booked) -> str:
    if payment.kid is None:
        told = f"<Ustrd>{payment.message}</Ustrd>"
    else:
        told = (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            f"<Ref>{payment.kid}</Ref></CdtrRefInf></Strd>"
        )
    return (
        f"<TxDtls><Refs><MsgId>{message_id}</MsgId><AcctSvcrRef>B{payment.position:012d}</AcctSvcrRef>"
        f"<PmtInfId>{message_id}-{group}</PmtInfId><InstrId>{message_id}-{payment.position}</InstrId>"
        f"<EndToEndId>{payment.end_to_end_id}</EndToEndId></Refs>"
        f'<Amt Ccy="NOK">{payment.amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
        f"<RltdPties><Cdtr><Pty><Nm>{payment.creditor_name}</Nm></Pty></Cdtr><CdtrAcct><Id><Othr>"
        "<Id>86011117947</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></CdtrAcct></RltdPties>"
        f"<RmtInf>{told}</RmtInf></TxDtls>\n"
    )

"""The files of a bank that says what `spoken` says, and what a bank reads in the files that it gets."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from .spoken import Booking, Detail, Notice, Notification, Report, Said, SaidOfGroup


@dataclass(frozen=True)
class Ordered:
    """A payment in a file that the bank got: the ids in it, and øre."""

    group: str
    instruction_id: str
    end_to_end_id: str
    amount: int


def read_order(content: bytes) -> tuple[str, list[Ordered]]:
    """Return the MsgId of a pain.001 and its payments."""
    root = etree.fromstring(content)
    payments = [
        Ordered(
            group=group.findtext("{*}PmtInfId") or "",
            instruction_id=one.findtext("{*}PmtId/{*}InstrId") or "",
            end_to_end_id=one.findtext("{*}PmtId/{*}EndToEndId") or "",
            amount=int((one.findtext("{*}Amt/{*}InstdAmt") or "").replace(".", "")),
        )
        for group in root.iterfind(".//{*}PmtInf")
        for one in group.iterfind("{*}CdtTrfTxInf")
    ]
    return root.findtext(".//{*}GrpHdr/{*}MsgId") or "", payments


def write_report(report: Report) -> bytes:
    """Write a pain.002."""
    groups = "".join(_group(group) for group in report.groups)
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{report.version}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{report.id}</MsgId><CreDtTm>{report.created_at.isoformat()}</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{report.original_message_id}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>{_said('GrpSts', report.said)}</OrgnlGrpInfAndSts>"
        f"{groups}</CstmrPmtStsRpt></Document>"
    ).encode()


def write_notice(notice: Notice) -> bytes:
    """Write a camt.054."""
    body = "".join(_notification(each, notice.version) for each in notice.notifications)
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{notice.version}"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>{notice.id}</MsgId><CreDtTm>2026-11-25T10:00:00</CreDtTm></GrpHdr>"
        f"{body}</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def text_of(minor: int) -> str:
    """Write øre as kroner."""
    return f"{minor // 100}.{minor % 100:02}"


def _group(group: SaidOfGroup) -> str:
    named = "".join(
        f"<TxInfAndSts>{_optional('OrgnlInstrId', one.instruction_id)}"
        f"{_optional('OrgnlEndToEndId', one.end_to_end_id)}{_said('TxSts', one.said)}</TxInfAndSts>"
        for one in group.named
    )
    return (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{group.id}</OrgnlPmtInfId>{_said('PmtInfSts', group.said)}{named}"
        "</OrgnlPmtInfAndSts>"
    )


def _said(tag: str, said: Said) -> str:
    reason = f"<Rsn><Cd>{said.reason}</Cd></Rsn>" if said.reason else ""
    text = _optional("AddtlInf", said.text)
    why = f"<StsRsnInf>{reason}{text}</StsRsnInf>" if reason or text else ""
    return _optional(tag, said.word or "") + why


def _optional(tag: str, value: str) -> str:
    return f"<{tag}>{escape(value)}</{tag}>" if value else ""


def _notification(one: Notification, version: str) -> str:
    bookings = "".join(_booking(booking, version) for booking in one.bookings)
    return (
        f"<Ntfctn><Id>{one.id}</Id><CreDtTm>2026-11-25T10:00:00</CreDtTm>"
        f"{'<CpyDplctInd>COPY</CpyDplctInd>' if one.is_copy else ''}"
        f"<Acct><Id><Othr><Id>{one.account}</Id></Othr></Id><Ccy>NOK</Ccy></Acct>{bookings}</Ntfctn>"
    )


def _booking(one: Booking, version: str) -> str:
    status = one.status if version == "02" else f"<Cd>{one.status}</Cd>"
    batch = ""
    if one.batch is not None:
        group, count = one.batch
        batch = f"<Btch><PmtInfId>{group}</PmtInfId><NbOfTxs>{count}</NbOfTxs></Btch>"
    details = "".join(_detail(detail, one.direction, version) for detail in one.details)
    return (
        f'<Ntry><Amt Ccy="NOK">{text_of(one.amount)}</Amt><CdtDbtInd>{one.direction}</CdtDbtInd><Sts>{status}</Sts>'
        "<BookgDt><Dt>2026-11-25</Dt></BookgDt><ValDt><Dt>2026-11-25</Dt></ValDt>"
        f"<AcctSvcrRef>{one.reference}</AcctSvcrRef><BkTxCd><Prtry><Cd>230</Cd></Prtry></BkTxCd>"
        f"{f'<NtryDtls>{batch}{details}</NtryDtls>' if batch or details else ''}</Ntry>"
    )


def _detail(one: Detail, direction: str, version: str) -> str:
    amount = f'<Amt Ccy="NOK">{text_of(one.amount)}</Amt>'
    if version == "02":
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    else:
        amount += f"<CdtDbtInd>{direction}</CdtDbtInd>"
    refs = (
        _optional("MsgId", one.message_id)
        + _optional("InstrId", one.instruction_id)
        + _optional("EndToEndId", one.end_to_end_id)
    )
    return f"<TxDtls><Refs>{refs}</Refs>{amount}</TxDtls>"

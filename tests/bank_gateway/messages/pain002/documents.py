"""pain.002 documents written from plain values."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape


@dataclass
class Reason:
    code: str | None = None
    lines: tuple[str, ...] = ()
    proprietary: bool = False


@dataclass
class Transaction:
    status: str | None = "ACCP"
    instruction_id: str | None = "1"
    end_to_end_id: str | None = "E-1"
    reasons: tuple[Reason, ...] = ()
    bank_reference: str | None = None
    accepted_at: str | None = None
    reference: str = ""
    """XML inside OrgnlTxRef."""


@dataclass
class PaymentInformation:
    transactions: list[Transaction] = field(default_factory=list)
    id: str = "P-1"
    status: str | None = None
    reasons: tuple[Reason, ...] = ()


def document(
    *groups: PaymentInformation,
    status: str | None = None,
    reasons: tuple[Reason, ...] = (),
    version: str = "03",
) -> bytes:
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-20T08:16:30+01:00</CreDtTm></GrpHdr>\n"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>"
        f"{optional('GrpSts', status)}{_reasons(reasons)}</OrgnlGrpInfAndSts>\n"
        f"{''.join(map(_group, groups))}</CstmrPmtStsRpt></Document>"
    ).encode()


def kid(reference: str, *, issuer: str = "") -> str:
    issuer = optional("Issr", issuer or None)
    kind = f"<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry>{issuer}</Tp>"
    return f"<Strd><CdtrRefInf>{kind}<Ref>{reference}</Ref></CdtrRefInf></Strd>"


def optional(tag: str, value: str | None) -> str:
    return "" if value is None else f"<{tag}>{escape(value)}</{tag}>".replace("\r", "&#13;")


def _group(group: PaymentInformation) -> str:
    return (
        f"<OrgnlPmtInfAndSts>{optional('OrgnlPmtInfId', group.id)}{optional('PmtInfSts', group.status)}"
        f"{_reasons(group.reasons)}\n{''.join(map(_transaction, group.transactions))}</OrgnlPmtInfAndSts>\n"
    )


def _transaction(one: Transaction) -> str:
    reference = f"<OrgnlTxRef>{one.reference}</OrgnlTxRef>" if one.reference else ""
    return (
        f"<TxInfAndSts>{optional('OrgnlInstrId', one.instruction_id)}{optional('OrgnlEndToEndId', one.end_to_end_id)}"
        f"{optional('TxSts', one.status)}{_reasons(one.reasons)}{optional('AccptncDtTm', one.accepted_at)}"
        f"{optional('AcctSvcrRef', one.bank_reference)}{reference}</TxInfAndSts>\n"
    )


def _reasons(reasons: tuple[Reason, ...]) -> str:
    return "".join(_reason(reason) for reason in reasons)


def _reason(reason: Reason) -> str:
    code = optional("Prtry" if reason.proprietary else "Cd", reason.code)
    lines = "".join(optional("AddtlInf", line) for line in reason.lines)
    return f"<StsRsnInf>{f'<Rsn>{code}</Rsn>' if code else ''}{lines}</StsRsnInf>"

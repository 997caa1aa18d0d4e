"""Write pain.002.001.03 and .10: the receipts of an order.

For what this bank says the two versions differ in their namespace, in BIC or BICFI, and in how a date is wrapped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bank_gateway.simulator import instants
from bank_gateway.simulator.writers import markup

_ROOT = "CstmrPmtStsRpt"
_ID_LENGTH = 35
_REASON_LENGTH = 105


@dataclass(frozen=True)
class ReportHead:
    """Which report this is, and which order it answers. `order_created`, `count`, `total` empty: not repeated."""

    version: str
    id: str
    at: datetime
    bic: str
    customer_id: str
    division: str
    order_id: str
    order_version: str
    order_created: str = ""
    count: str = ""
    total: str = ""


@dataclass(frozen=True)
class Verdict:
    """A status with its reason; the reason's code may be empty."""

    status: str
    code: str = ""
    text: str = ""


@dataclass(frozen=True)
class TransactionVerdict:
    """What the bank says about one payment. `bank_date` stands where the bank moved the date."""

    instruction_id: str
    end_to_end_id: str
    reference: str
    amount: str
    currency: str
    kid: str
    verdict: Verdict
    bank_date: str = ""


@dataclass(frozen=True)
class InstructionVerdict:
    """What the bank says about one PmtInf as a whole, if it does, and about the payments it names."""

    reference: str
    count: int
    verdict: Verdict | None = None
    counts: tuple[tuple[str, int], ...] = ()
    transactions: Iterable[TransactionVerdict] = ()


def write_report(
    head: ReportHead, *, group: Verdict | None, instructions: Iterable[InstructionVerdict] = ()
) -> Iterator[bytes]:
    """Yield a report: the group's status if there is one, then every PmtInf with the payments it names."""
    return markup.in_pieces(_texts(head, group, instructions))


def _texts(head: ReportHead, group: Verdict | None, instructions: Iterable[InstructionVerdict]) -> Iterator[str]:
    """Yield the report's texts in order."""
    yield markup.opening(head.version, _ROOT)
    yield _header(head)
    yield _group(head, group)
    for instruction in instructions:
        yield from _instruction(instruction, dated=head.version.endswith(".10"))
    yield markup.closing(_ROOT)


def _header(head: ReportHead) -> str:
    """Return GrpHdr."""
    customer = markup.customer(customer_id=head.customer_id, division=head.division)
    bic = "BICFI" if head.version.endswith(".10") else "BIC"
    return (
        f"<GrpHdr>{markup.element('MsgId', head.id)}<CreDtTm>{instants.in_message(head.at)}</CreDtTm>"
        f"{f'<InitgPty>{customer}</InitgPty>' if customer else ''}"
        f"<DbtrAgt><FinInstnId><{bic}>{head.bic}</{bic}></FinInstnId></DbtrAgt></GrpHdr>\n"
    )


def _group(head: ReportHead, group: Verdict | None) -> str:
    """Return OrgnlGrpInfAndSts."""
    status = f"<GrpSts>{group.status}</GrpSts>{_reason(group)}" if group else ""
    return (
        f"<OrgnlGrpInfAndSts>{markup.element('OrgnlMsgId', head.order_id[:_ID_LENGTH] or 'NOTPROVIDED')}"
        f"{markup.element('OrgnlMsgNmId', head.order_version)}{markup.element('OrgnlCreDtTm', head.order_created)}"
        f"{markup.element('OrgnlNbOfTxs', head.count)}{markup.element('OrgnlCtrlSum', head.total)}"
        f"{status}</OrgnlGrpInfAndSts>\n"
    )


def _reason(verdict: Verdict) -> str:
    """Return StsRsnInf, or nothing when the verdict has no code."""
    if not verdict.code:
        return ""
    text = markup.element("AddtlInf", verdict.text[:_REASON_LENGTH])
    return f"<StsRsnInf><Rsn><Cd>{verdict.code}</Cd></Rsn>{text}</StsRsnInf>"


def _instruction(instruction: InstructionVerdict, *, dated: bool) -> Iterator[str]:
    """Yield OrgnlPmtInfAndSts."""
    counts = "".join(
        f"<NbOfTxsPerSts><DtldNbOfTxs>{count}</DtldNbOfTxs><DtldSts>{status}</DtldSts></NbOfTxsPerSts>"
        for status, count in instruction.counts
    )
    verdict = instruction.verdict
    status = f"<PmtInfSts>{verdict.status}</PmtInfSts>{_reason(verdict)}" if verdict else ""
    yield (
        f"<OrgnlPmtInfAndSts>{markup.element('OrgnlPmtInfId', instruction.reference)}"
        f"<OrgnlNbOfTxs>{instruction.count}</OrgnlNbOfTxs>{status}{counts}"
    )
    for transaction in instruction.transactions:
        yield _transaction(transaction, dated=dated)
    yield "</OrgnlPmtInfAndSts>\n"


def _transaction(each: TransactionVerdict, *, dated: bool) -> str:
    """Return TxInfAndSts; OrgnlTxRef repeats the KID that was wrong (Bits 1.5.2) or the bank's date."""
    day = f"<Dt>{each.bank_date}</Dt>" if dated else each.bank_date
    moved = f"<ReqdExctnDt>{day}</ReqdExctnDt>" if each.bank_date else ""
    kid = markup.kid_information(each.kid) if each.kid else ""
    return (
        f"<TxInfAndSts>{markup.element('OrgnlInstrId', each.instruction_id)}"
        f"{markup.element('OrgnlEndToEndId', each.end_to_end_id)}<TxSts>{each.verdict.status}</TxSts>"
        f"{_reason(each.verdict)}<AcctSvcrRef>{each.reference}</AcctSvcrRef>"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="{each.currency}">{each.amount}</InstdAmt></Amt>{moved}{kid}</OrgnlTxRef>'
        "</TxInfAndSts>\n"
    )

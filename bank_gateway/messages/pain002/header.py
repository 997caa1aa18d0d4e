"""What stands above the statuses of a pain.002: the report's ids and what it says of the whole order."""

from dataclasses import dataclass

from lxml import etree

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.children import Children
from bank_gateway.messages.bank_files.fields import text_or_none
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.pain002.reasons import Reason, read_status

_KNOWN_IN_ORIGINAL_GROUP = frozenset(
    {"OrgnlMsgId", "OrgnlMsgNmId", "OrgnlCreDtTm", "OrgnlNbOfTxs", "OrgnlCtrlSum", "GrpSts", "StsRsnInf"}
    | {"NbOfTxsPerSts"}
)


@dataclass(frozen=True)
class StatusReportHeader:
    """Describe a pain.002. `created_at` is ISO text as the bank wrote it, with or without an offset.

    `group_status` is None where the report has none; `group_reasons` are (code, text) pairs, either may be None.
    `lines` counts the rows of staged_status.
    """

    message_type: str
    message_id: str
    created_at: str
    original_message_id: str
    original_message_name: str
    group_status: str | None
    group_reasons: tuple[tuple[str | None, str | None], ...]
    lines: int


@dataclass(frozen=True)
class ReportIds:
    """Carry GrpHdr's ids."""

    message_id: str
    created_at: str


@dataclass(frozen=True)
class OriginalGroup:
    """Carry OrgnlGrpInfAndSts: which message the report answers, and its status as a whole."""

    message_id: str
    message_name: str
    status: str | None
    reasons: tuple[Reason, ...]


def read_group_header(element: etree._Element) -> ReportIds:
    """Read GrpHdr; BadValueError where what must be there isn't."""
    header = Children(element)
    return ReportIds(message_id=header.required_id("MsgId"), created_at=values.read_created(header.required("CreDtTm")))


def read_original_group(element: etree._Element, *, strict: bool) -> OriginalGroup:
    """Read OrgnlGrpInfAndSts; `strict` refuses elements it doesn't know."""
    group = Children(element, known=_KNOWN_IN_ORIGINAL_GROUP if strict else None)
    if group.elements("GrpSts") and group.text("GrpSts") is None:
        raise BadValueError("element_missing", "GrpSts")
    return OriginalGroup(
        message_id=group.required_id("OrgnlMsgId"),
        message_name=group.required_id("OrgnlMsgNmId"),
        status=group.read("GrpSts", read_status),
        reasons=tuple(_read_reason(reason) for reason in group.elements("StsRsnInf")),
    )


def _read_reason(element: etree._Element) -> Reason:
    reason = Children(element)
    texts = (str(text.xpath("string()")) for text in reason.elements("AddtlInf"))
    return Reason(code=reason.text("Rsn/Cd") or reason.text("Rsn/Prtry"), text=text_or_none("\n".join(texts)))

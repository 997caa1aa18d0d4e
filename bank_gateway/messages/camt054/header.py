"""What stands above the entries of a camt.054: the message and its notifications, one per account."""

from dataclasses import dataclass

from lxml import etree

from bank_gateway.messages.bank_files import values
from bank_gateway.messages.bank_files.children import Children
from bank_gateway.messages.bank_files.values import BadValueError

_KNOWN = frozenset(
    {"Id", "NtfctnPgntn", "ElctrncSeqNb", "RptgSeq", "LglSeqNb", "CreDtTm", "FrToDt", "CpyDplctInd", "RptgSrc", "Acct"}
    | {"RltdAcct", "Intrst", "TxsSummry", "Ntry", "AddtlNtfctnInf"}
)
_KNOWN_IN_GROUP_HEADER = frozenset({"MsgId", "CreDtTm", "MsgRcpt", "MsgPgntn", "OrgnlBizQry", "AddtlInf"})


@dataclass(frozen=True)
class Notification:
    """Describe one notification: its account is 11 digits where it is Norwegian, as written otherwise.

    `copy_indicator` is CODU, COPY or DUPL, None for an original. `summary_matches` says whether the count of
    entries equals the bank's own (TxsSummry), None where it gives none.
    """

    number: int
    id: str
    created_at: str | None
    account: str
    currency: str | None
    copy_indicator: str | None
    period_from: str | None
    period_to: str | None
    additional_information: str | None
    entries: int
    summary_matches: bool | None


@dataclass(frozen=True)
class NotificationHeader:
    """Describe a camt.054 message. `created_at` is ISO text as the bank wrote it, with or without an offset."""

    message_type: str
    message_id: str
    created_at: str
    additional_information: str | None
    page: int | None
    is_last_page: bool | None
    notifications: tuple[Notification, ...]
    entries: int
    transactions: int


@dataclass(frozen=True)
class AccountOfNotification:
    """Carry what each entry row repeats of its notification."""

    number: int
    id: str
    account: str


@dataclass(frozen=True)
class GroupHeader:
    """Carry the message's own ids until its notifications are read."""

    message_id: str
    created_at: str
    additional_information: str | None
    page: int | None
    is_last_page: bool | None


def read_group_header(element: etree._Element) -> GroupHeader:
    """Read GrpHdr; BadValueError where what must be there isn't."""
    header = Children(element, known=_KNOWN_IN_GROUP_HEADER)
    return GroupHeader(
        message_id=header.required_id("MsgId"),
        created_at=values.read_created(header.required("CreDtTm")),
        additional_information=header.text("AddtlInf"),
        page=header.read("MsgPgntn/PgNb", values.read_page),
        is_last_page=header.read("MsgPgntn/LastPgInd", read_indicator),
    )


def read_account(element: etree._Element, *, number: int) -> AccountOfNotification:
    """Read whose entries follow in a Ntfctn, from its children before the first entry."""
    notification = Children(element)
    iban, other = notification.text("Acct/Id/IBAN"), notification.text("Acct/Id/Othr/Id")
    if (iban is None) == (other is None):
        raise BadValueError("element_missing", "Acct/Id")
    account = values.domestic_account(iban or other or "")
    return AccountOfNotification(
        number=number,
        id=notification.required_id("Id"),
        account=values.check_length(account, most=values.MOST_OF_AN_ACCOUNT, element="Acct/Id"),
    )


def read_notification(element: etree._Element, *, account: AccountOfNotification, entries: int) -> Notification:
    """Read a Ntfctn at its end, after `entries` entries."""
    notification = Children(element, known=_KNOWN)
    count = notification.read("TxsSummry/TtlNtries/NbOfNtries", values.read_count)
    return Notification(
        number=account.number,
        id=account.id,
        created_at=notification.read("CreDtTm", values.read_created),
        account=account.account,
        currency=notification.read("Acct/Ccy", values.read_currency),
        copy_indicator=notification.read("CpyDplctInd", _read_copy_indicator),
        period_from=notification.read("FrToDt/FrDtTm", values.read_created),
        period_to=notification.read("FrToDt/ToDtTm", values.read_created),
        additional_information=notification.text("AddtlNtfctnInf"),
        entries=entries,
        summary_matches=None if count is None else count == entries,
    )


def read_indicator(text: str) -> bool:
    """Read XML Schema's boolean."""
    value = {"true": True, "1": True, "false": False, "0": False}.get(text.strip())
    if value is None:
        raise BadValueError("indicator_unreadable", text)
    return value


def _read_copy_indicator(text: str) -> str:
    if text not in ("CODU", "COPY", "DUPL"):
        raise BadValueError("code_unknown", text)
    return text

"""The group header and the payment groups (PmtInf) of an order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Final
from zoneinfo import ZoneInfo

from lxml import etree

from bank_gateway.messages.pain001.carried import (
    GROUP_INFORMS,
    GROUP_REPLACED,
    GROUP_TEXTS,
    HEADER_CARRIED,
    containers_of,
)
from bank_gateway.messages.pain001.payments import account_scheme
from bank_gateway.messages.pain001.shapes import Node, Pieces, line_of, plain

OSLO: Final = ZoneInfo("Europe/Oslo")
DATE_LENGTH: Final = 10

_CONTAINERS = containers_of(GROUP_TEXTS) | {"DbtrAcct/Id/Othr/SchmeNm"}


@dataclass(frozen=True, slots=True)
class Header:
    """Hold what the group header (GrpHdr) says, texts as written."""

    line: int
    message_id: str
    created: str
    number_of_transactions: int
    control_sum: str | None
    initiating_party: str | None
    informed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Hold what one PmtInf says of all its payments; `number` and `first_position` count from 1.

    `requested_date` is `YYYY-MM-DD`, a zone stripped, a moment turned into its day in Norway; what is no date of four
    digit years stands as written. `debtor_account_scheme` is `IBAN`, `BBAN`, `none` or `other`. Unsupported and
    informing elements are named by their path below PmtInf.
    """

    number: int
    line: int
    first_position: int
    payment_information_id: str
    method: str
    batch_booking: bool | None
    number_of_transactions: int | None
    control_sum: str | None
    category_purpose: str | None
    service_level: str | None
    instruction_priority: str | None
    requested_date: str
    debtor_name: str | None
    debtor_account: str
    debtor_account_scheme: str
    debtor_account_currency: str | None
    charge_bearer: str | None
    unsupported: tuple[str, ...]
    informed: tuple[str, ...]


@dataclass
class GroupPlan:
    """Hold how groups of one shape, with the same codes in it, are read."""

    places: dict[str, list[int]] = field(default_factory=dict)
    account_scheme: str = "none"
    unsupported: list[str] = field(default_factory=list)
    informed: list[str] = field(default_factory=list)

    def text(self, name: str, pieces: Pieces) -> str | None:
        """Return a field's text, several of them with a space between, None if it isn't there."""
        places = self.places.get(name)
        if places is None:
            return None
        if len(places) == 1:
            return intern(plain(pieces[places[0]]).decode())
        return intern(" ".join([plain(pieces[place]).decode() for place in places]))

    def read(self, pieces: Pieces, *, number: int, line: int, first_position: int) -> Group:
        """Return the group these pieces hold."""
        text = {name: self.text(name, pieces) for name in self.places}
        unsupported = [*self.unsupported, *(["PmtMtd"] if text.get("method") != "TRF" else [])]
        return Group(
            number=number,
            line=line,
            first_position=first_position,
            payment_information_id=text.get("payment_information_id") or "",
            method=text.get("method") or "",
            batch_booking=_boolean(text.get("batch_booking")),
            number_of_transactions=_count(text.get("number_of_transactions")),
            control_sum=_stripped(text.get("control_sum")),
            category_purpose=text.get("category_purpose"),
            service_level=text.get("service_level"),
            instruction_priority=text.get("instruction_priority"),
            requested_date=_day(text.get("requested_date"), text.get("requested_moment")),
            debtor_name=text.get("debtor_name"),
            debtor_account=text.get("debtor_account") or "",
            debtor_account_scheme=self.account_scheme,
            debtor_account_currency=text.get("debtor_account_currency"),
            charge_bearer=text.get("charge_bearer"),
            unsupported=tuple(dict.fromkeys(unsupported)),
            informed=tuple(dict.fromkeys(self.informed)),
        )


def plan_group(head: Node) -> GroupPlan:
    """Work out how groups of this shape are read; `head` holds what stands before a group's first payment."""
    plan = GroupPlan()
    for child in head.children:
        _visit(child, plan)
    other = head.find("DbtrAcct/Id/Othr")
    if other is not None:
        plan.account_scheme = account_scheme(other)
    elif head.find("DbtrAcct/Id/IBAN") is not None:
        plan.account_scheme = "IBAN"
    return plan


def _visit(node: Node, plan: GroupPlan) -> None:
    path = node.path
    if path == "ReqdExctnDt" and node.children:
        plan.informed += [child.path for child in node.children if child.name == "DtTm"]
        _enter(node, plan)
    elif path in GROUP_TEXTS:
        plan.places.setdefault(GROUP_TEXTS[path], []).extend([] if node.place is None else [node.place])
    elif path in _CONTAINERS:
        _enter(node, plan)
    elif path in GROUP_INFORMS:
        plan.informed.append(path)
    elif path.partition("/")[0] not in GROUP_REPLACED and not path.startswith("DbtrAcct/Id/Othr/SchmeNm/"):
        plan.unsupported.append(path)


def _enter(node: Node, plan: GroupPlan) -> None:
    for child in node.children:
        _visit(child, plan)


def read_header(element: "etree._Element", *, namespace: str) -> Header:
    """Read the group header; a text that isn't there is empty, which the schema then refuses."""
    prefix = f"{{{namespace}}}"
    texts = {str(child.tag).removeprefix(prefix): child.text for child in element}
    name = element.findtext(f"{prefix}InitgPty/{prefix}Nm")
    return Header(
        line=line_of(element),
        message_id=texts.get("MsgId") or "",
        created=(texts.get("CreDtTm") or "").strip(),
        number_of_transactions=_count(texts.get("NbOfTxs")) or 0,
        control_sum=_stripped(texts.get("CtrlSum")),
        initiating_party=name,
        informed=tuple(dict.fromkeys(_foreign_names(texts))),
    )


def _foreign_names(texts: dict[str, str | None]) -> Iterator[str]:
    return (name for name in texts if name not in HEADER_CARRIED)


def _boolean(text: str | None) -> bool | None:
    return None if text is None else text.strip() in ("true", "1")


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _day(day: str | None, moment: str | None) -> str:
    if moment is not None:
        return _day_of_moment(moment.strip())
    written = (day or "").strip()
    return written[:DATE_LENGTH] if _is_date(written[:DATE_LENGTH]) else written


def _day_of_moment(written: str) -> str:
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo is None else moment.astimezone(OSLO)).date().isoformat()
    except (ValueError, OverflowError):
        return written[:DATE_LENGTH] if _is_date(written[:DATE_LENGTH]) else written


def _is_date(text: str) -> bool:
    return len(text) == DATE_LENGTH and text.replace("-", "").isdigit() and text[4] == text[7] == "-"

"""An order as it was read, whatever it was written in: head and groups; the payments lie in the staging tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from autopay_portal.core.errors import ErrorDetail

# ISO external category purpose codes to ours; none means supplier.
CATEGORIES: Mapping[str, str] = {
    "SUPP": "supplier",
    "SALA": "salary",
    "PENS": "pension",
    "TAXS": "tax",
    "INTC": "intercompany",
}
URGENT_LEVELS = frozenset({"URGP", "SDVA"})
CHARGES: Mapping[str, str | None] = {"SHAR": "shared", "DEBT": "debtor", "CRED": "creditor", "SLEV": None}


@dataclass(slots=True)
class Group:
    """Payments that share a date, a kind and a way of booking: one PmtInf of XML."""

    no: int
    line: int | None
    asked_date: date | None
    category: str
    urgent: bool
    batch_booking: bool | None
    charges: str | None
    debtor_account: str
    debtor_currency: str | None
    count: int | None = None
    control_sum: Decimal | None = None
    # Found by the checks: the bank's day, and where its payments begin.
    bank_date: date | None = None
    first_position: int = 1


@dataclass(slots=True)
class Order:
    """What an order says about itself, and what its reader found wrong with it."""

    format: str
    message_id: str
    groups: list[Group]
    payment_count: int
    count: int | None = None
    control_sum: Decimal | None = None
    errors: list[ErrorDetail] = field(default_factory=list)
    error_count: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_xml(self) -> bool:
        """Whether places are lines and XPaths rather than JSON pointers."""
        return self.format.startswith("pain.001")

    def refuse(self, code: str, *, params: Mapping[str, Any] | None = None, **place: Any) -> None:
        """Add a fault of the file; `place` is that of ErrorDetail."""
        self.error_count += 1
        self.errors.append(ErrorDetail(code, params or {}, **place))

    def warn(self, code: str, *, params: Mapping[str, Any] | None = None, end_to_end_id: str | None = None) -> None:
        """Add something the ERP should know although the order is taken; the first hundred are kept."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append({"code": code, "params": dict(params or {}), "end_to_end_id": end_to_end_id})

    def group_place(self, group: Group, child: str, pointer: str) -> dict[str, Any]:
        """Return where something about a whole group stands."""
        if self.is_xml:
            return {"line": group.line, "xpath": f"/Document/CstmrCdtTrfInitn/PmtInf[{group.no}]/{child}"}
        return {"pointer": f"/payments/{group.first_position - 1}/{pointer}"}


MOST_WARNINGS = 100

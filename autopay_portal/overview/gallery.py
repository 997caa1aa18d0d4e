"""The design system on one page, with made-up rows; in the sandbox only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from .looks import AGREEMENT, LEDGER_BATCH, PAYMENT, REMITTANCE


@dataclass(frozen=True, slots=True)
class Row:
    """A remittance that never was."""

    number: str
    created: datetime
    account: str
    count: int
    minor: int
    status: str
    paid: int = 0
    under_way: int = 0
    rejected: int = 0
    currency: str = "NOK"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment that never was."""

    end_to_end_id: str
    creditor: str
    account: str
    kid: str
    due: date
    minor: int
    status: str
    currency: str = "NOK"


ROWS = (
    Row("R-2026-0118", datetime(2026, 11, 24, 7, 15, tzinfo=UTC), "12345678903", 312, 184_502_250, "awaiting_approval"),
    Row(
        "R-2026-0117",
        datetime(2026, 11, 24, 6, 58, tzinfo=UTC),
        "12345678903",
        48,
        96_110_000,
        "partly_rejected",
        45,
        0,
        3,
    ),
    Row(
        "R-2026-0116",
        datetime(2026, 11, 23, 13, 2, tzinfo=UTC),
        "86011117947",
        1204,
        1_200_455_075,
        "received_by_bank",
        802,
        402,
    ),
    Row("R-2026-0115", datetime(2026, 11, 23, 9, 40, tzinfo=UTC), "12345678903", 1, 125_000, "in_doubt", 0, 1),
    Row("R-2026-0114", datetime(2026, 11, 20, 14, 21, tzinfo=UTC), "12345678903", 96, 45_733_090, "completed", 96),
    Row("R-2026-0113", datetime(2026, 11, 20, 8, 5, tzinfo=UTC), "86011117947", 7, 1_890_000, "cancelled"),
)
PAYMENTS = (
    PaymentRow("INV-77", "Strøm & Nett AS", "86011117947", "0010017", date(2026, 11, 25), 125_000, "rejected_by_bank"),
    PaymentRow(
        "INV-80",
        "Blåbær og Ørret Engros AS avdeling Nordvest",
        "12345678903",
        "",
        date(2026, 11, 25),
        90_000,
        "pending",
    ),
    PaymentRow("INV-81", "Ås Kontorrekvisita", "12345678903", "12345678", date(2026, 11, 25), 1_204_455, "accepted"),
    PaymentRow("INV-82", "Eiendom Sjøgata 4 ANS", "86011117947", "998877665544", date(2026, 11, 25), 4_800_000, "paid"),
    PaymentRow("INV-83", "Renhold Øst", "86011117947", "", date(2026, 11, 25), 37_550, "returned"),
)


class SampleForm(forms.Form):
    """One field of each sort; the second is filled in wrongly."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands in the register of companies."))
    account = forms.CharField(label=_("Account number"))
    bank = forms.ChoiceField(label=_("Bank"), choices=[("dnb", "DNB")])
    due = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    hold = forms.BooleanField(label=_("Hold what looks like a duplicate"), required=False)

    def clean_account(self) -> str:
        """Refuse, so that the page shows how a fault looks."""
        raise forms.ValidationError(_("The account number's check digit is wrong. Compare it with the invoice."))


@require_safe
@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component and state."""
    form = SampleForm({"name": "Fjord Varme AS", "account": "1234 56 78901", "bank": "dnb"})
    states: dict[str, Iterable[TextChoices]] = {
        "payment": PAYMENT,
        "remittance": REMITTANCE,
        "ledger_batch": LEDGER_BATCH,
        "agreement": AGREEMENT,
    }
    context = {
        "rows": ROWS,
        "payments": PAYMENTS,
        "form": form,
        "total": sum(row.minor for row in ROWS),
        "states": {kind: [choice.value for choice in looks] for kind, looks in states.items()},
        "times": [
            datetime(2026, 11, 24, hour, minute, tzinfo=UTC) for hour, minute in ((7, 15), (7, 20), (7, 31), (7, 32))
        ],
        "hues": range(12),
    }
    return render(request, "overview/gallery.html", context)

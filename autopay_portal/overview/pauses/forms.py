"""What a company's administrator fills in to put payments on hold."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bank_gateway.models import PauseScope

_ALL = "all"


class CompanyPauseForm(forms.Form):
    """Which of the company's payments to put on hold, and why."""

    what = forms.ChoiceField(label=_("What to put on hold"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, agreements: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        if isinstance(what, forms.ChoiceField):
            said = _now("From the account %(account)s")
            accounts = [(str(key), said % {"account": account}) for key, account in agreements.items()]
            what.choices = [(_ALL, _now("All the company's payments")), *accounts]

    def scope(self, company_id: UUID) -> dict[str, Any]:
        """Return what `pause_outgoing` takes for the choice."""
        what = self.cleaned_data["what"]
        if what == _ALL:
            return {"scope": PauseScope.COMPANY, "company_id": company_id}
        return {"scope": PauseScope.AGREEMENT, "agreement_id": UUID(what)}

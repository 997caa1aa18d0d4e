"""What readers may ask the lists for, and what approvers say."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.models import Agreement
from autopay_portal.core.display import show_account

from .queries.lists import RemittanceFilter
from .states import RemittanceStatus

MOST_REASON = 500


class DayInput(forms.DateInput):
    """A day as browsers pick it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RemittanceFilterForm(forms.Form):
    """The filters of the list of remittances; they live in the address."""

    q = forms.CharField(label=_("Own reference or message id"), required=False, max_length=35)
    status = forms.ChoiceField(label=_("State"), required=False)
    agreement = forms.ChoiceField(label=_("Account"), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=DayInput())
    last = forms.DateField(label=_("To"), required=False, widget=DayInput())

    def __init__(self, parameters: Any, *, agreements: Iterable[Agreement]) -> None:
        super().__init__(parameters)
        status, agreement = self.fields["status"], self.fields["agreement"]
        accounts = [(str(each.pk), f"{each.get_bank_display()} {show_account(each.account)}") for each in agreements]
        if isinstance(status, forms.ChoiceField) and isinstance(agreement, forms.ChoiceField):
            status.choices = [("", _("All")), *RemittanceStatus.choices]
            agreement.choices = [("", _("All")), *accounts]

    def wanted(self) -> RemittanceFilter:
        """Return what is asked for; a field that can't be read narrows nothing and says so beside itself."""
        self.full_clean()
        asked = self.cleaned_data
        return RemittanceFilter(
            status=asked.get("status") or "",
            agreement=asked.get("agreement") or None,
            first=asked.get("first"),
            last=asked.get("last"),
            text=(asked.get("q") or "").strip(),
        )

    @property
    def narrows(self) -> bool:
        """Return whether anything is asked for."""
        return any(self.data.get(name) for name in self.fields)


class ReasonForm(forms.Form):
    """Why somebody refuses, or lets go what was held."""

    reason = forms.CharField(max_length=MOST_REASON, strip=True)

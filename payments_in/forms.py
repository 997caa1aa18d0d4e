"""What readers may ask the list of incoming payments for."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.display import show_account

from .models import Placement
from .queries import IncomingFilter


class IncomingFilterForm(forms.Form):
    """The filters of the list; they live in the address."""

    kid = forms.CharField(label=_("KID"), required=False, max_length=25)
    placement = forms.ChoiceField(label=_("Placed"), required=False, choices=[("", _("All")), *Placement.choices])
    account = forms.ChoiceField(label=_("Account"), required=False)
    first = forms.DateField(label=_("From"), required=False)
    last = forms.DateField(label=_("To"), required=False)

    def __init__(self, parameters: Any, *, accounts: Iterable[str]) -> None:
        super().__init__(parameters)
        account = self.fields["account"]
        if isinstance(account, forms.ChoiceField):
            account.choices = [("", _("All")), *((number, show_account(number)) for number in accounts)]
        for name in ("first", "last"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def wanted(self) -> IncomingFilter:
        """Return what is asked for; a field that can't be read narrows nothing and says so beside itself."""
        self.full_clean()
        asked = self.cleaned_data
        return IncomingFilter(
            kid=(asked.get("kid") or "").replace(" ", ""),
            placement=asked.get("placement") or "",
            account=asked.get("account") or "",
            first=asked.get("first"),
            last=asked.get("last"),
        )

    @property
    def narrows(self) -> bool:
        """Return whether anything is asked for."""
        return any(self.data.get(name) for name in self.fields)

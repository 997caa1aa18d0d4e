"""What operators fill in on the relay's page."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bank_gateway.models import PauseScope, Verdict
from bank_gateway.profiles import bank_ids, bank_name
from bank_gateway.relay.agreement_names import agreement_names
from bank_gateway.relay.queries import find_company
from bank_gateway.relay.services import BankWords


class MomentInput(forms.DateTimeInput):
    """A moment as browsers pick it, to the minute."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class DoubtForm(forms.Form):
    """What an operator decides about a file in doubt, and what the bank said."""

    verdict = forms.ChoiceField(label=_("What the bank says"), choices=Verdict.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("The bank's own words"),
        max_length=2000,
        strip=True,
        help_text=_("Payees and salaries don't belong here: the company sees it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    person = forms.CharField(
        label=_("Who at the bank"), max_length=120, strip=True, help_text=_("Name and department, or a case number.")
    )
    spoken_at = forms.DateTimeField(label=_("When"), widget=MomentInput())
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def bank_words(self) -> BankWords:
        """Return what the bank said, of a form that is valid."""
        asked = self.cleaned_data
        return BankWords(text=asked["text"], person=asked["person"], spoken_at=asked["spoken_at"])


class PauseForm(forms.Form):
    """What to pause, and why; only the field that belongs to the scope is read."""

    scope = forms.ChoiceField(label=_("What to pause"), choices=PauseScope.choices, initial=PauseScope.BANK)
    bank = forms.ChoiceField(label=_("Bank"), required=False)
    org_number = forms.CharField(label=_("Organisation number"), required=False, max_length=15)
    account = forms.CharField(label=_("Account of the agreement"), required=False, max_length=20)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bank = self.fields["bank"]
        if isinstance(bank, forms.ChoiceField):
            bank.choices = [(each, bank_name(each)) for each in bank_ids()]

    def clean(self) -> dict[str, Any]:
        """Find what the scope names; what isn't found is said beside its field."""
        asked = super().clean() or {}
        scope = asked.get("scope")
        target: dict[str, Any] = {}
        if scope == PauseScope.BANK:
            target["bank"] = asked.get("bank") or ""
        elif scope == PauseScope.COMPANY:
            target["company_id"] = self._company(asked.get("org_number") or "")
        elif scope == PauseScope.AGREEMENT:
            target["agreement_id"] = self._agreement(asked.get("account") or "")
        return {**asked, "target": target}

    def _company(self, number: str) -> Any:
        found = find_company(org_number=number.replace(" ", ""))
        if found is None:
            self.add_error("org_number", _now("No company has this organisation number."))
        return found

    def _agreement(self, account: str) -> Any:
        found = agreement_names().find(account="".join(account.split()).replace(".", ""))
        if found is None:
            self.add_error("account", _now("No remittance agreement is active on this account."))
        return found

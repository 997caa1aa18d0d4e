"""What people fill in about an agreement: the wizard's steps, settings, mandates, sharing, conversion."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from agreements.kid_rows import KID_NUMBERS, MOST_KIDS, kid_fields, kid_initial, read_kid_rows
from agreements.models import BANKS, BankApproval, Kind, Notify, PaidEvidence, RejectMode, TwoStep
from agreements.queries import is_account_taken
from agreements.services.settings import check_email
from autopay_portal.core.errors import DomainError, text_of
from bank_gateway.norway.accounts import account_of_iban, is_valid_account
from bank_gateway.profiles import BankProfile, OrganisationId, get_profile

_LEDGER_NUMBER = re.compile(r"[0-9]{3,10}")
_MOST_ADDRESSES = 20
APPROVERS = [(number, str(number)) for number in range(5)]
# Statements aren't read yet, so a booked debit in one can't be waited for.
EVIDENCE = [(each.value, each.label) for each in (PaidEvidence.CAMT054, PaidEvidence.ACSC)]
UNPLACED = [
    ("", _("Held until somebody has placed them")),
    ("2900", _("Posted to 2900, advance payments from customers")),
    ("2990", _("Posted to 2990, other short-term debt")),
]
_REMITTANCE_LEDGER = ("bank", "interim", "supplier", "salary", "tax", "pension", "intercompany", "fee")
_INCOMING_LEDGER = ("bank", "interim", "customer", "fee")
_LEDGER_WORDS = {
    "bank": (_("Bank"), "1920"),
    "interim": (_("Interim account"), ""),
    "supplier": (_("Suppliers"), "2400"),
    "salary": (_("Salary"), "2930"),
    "tax": (_("Taxes"), ""),
    "pension": (_("Pension"), ""),
    "intercompany": (_("Intercompany"), ""),
    "fee": (_("Bank fees"), "7770"),
    "customer": (_("Customers"), "1500"),
}


class BankForm(forms.Form):
    """Which bank, in which direction, new or instead of one that exists directly with the bank."""

    bank = forms.ChoiceField(label=_("Bank"), choices=BANKS, widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label=_("What the agreement is for"), choices=Kind.choices, initial=Kind.REMITTANCE, widget=forms.RadioSelect
    )
    origin = forms.ChoiceField(
        label=_("Is there an agreement with the bank already?"),
        choices=[
            ("new", _("No, it is a new agreement")),
            ("transfer", _("Yes, a direct agreement that is transferred to AutoPay")),
        ],
        initial="new",
        widget=forms.RadioSelect,
    )


class AccountForm(forms.Form):
    """The account, the bank's ids, and the accounts of the general ledger."""

    account = forms.CharField(
        label=_("Account number"),
        max_length=40,
        help_text=_("Eleven digits; spaces and dots may stay. A Norwegian IBAN works too."),
    )
    customer_id = forms.CharField(
        label=_("Customer id at the bank"),
        max_length=35,
        required=False,
        help_text=_("Which of the bank's agreements the account hangs on. The bank gives it if the company has none."),
    )
    division = forms.CharField(
        label=_("Division"),
        max_length=35,
        required=False,
        help_text=_("The bank rejects a file without the right division. It gives it with its confirmation."),
    )
    bank_agreement_id = forms.CharField(
        label=_("The bank's agreement id"),
        max_length=35,
        required=False,
        help_text=_("Only where the account has several agreements of this kind at the bank."),
    )

    def __init__(self, *args: Any, profile: BankProfile, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile, self.kind = profile, kind
        if OrganisationId.DIVISION not in profile.organisation_ids:
            del self.fields["division"]
        for name in _REMITTANCE_LEDGER if kind == Kind.REMITTANCE else _INCOMING_LEDGER:
            label, usual = _LEDGER_WORDS[name]
            self.fields[f"{name}_ledger_account"] = forms.CharField(
                label=label, max_length=10, required=bool(usual), initial=usual
            )
        if kind == Kind.INCOMING:
            self.fields["unplaced_ledger_account"] = forms.ChoiceField(
                label=_("Payments that nobody can place"), choices=UNPLACED, required=False
            )

    @property
    def ledger_fields(self) -> list[forms.BoundField]:
        """Return the fields of the general ledger's accounts."""
        return [self[name] for name in self.fields if name.endswith("_ledger_account")]

    def clean_account(self) -> str:
        """Return eleven digits."""
        given: str = self.cleaned_data["account"]
        plain = "".join(given.split()).replace(".", "").upper()
        account = account_of_iban(plain) or plain
        if not is_valid_account(account):
            raise forms.ValidationError(text_of("agreement_account_invalid", {"account": given[:40]}))
        return account

    def clean(self) -> dict[str, Any]:
        """Refuse an account that has such an agreement at the bank already, and ledger accounts that are none."""
        asked = super().clean() or {}
        for name, value in asked.items():
            if name.endswith("_ledger_account") and value and not _LEDGER_NUMBER.fullmatch(str(value)):
                self.add_error(name, _now("An account of the general ledger has 3 to 10 digits."))
        account = asked.get("account")
        agreement_id = asked.get("bank_agreement_id", "")
        if account and is_account_taken(
            bank=self.profile.bank_id, account=account, kind=self.kind, bank_agreement_id=agreement_id
        ):
            self.add_error("account", text_of("agreement_taken", {"account": account}))
        return asked


class AddressList(forms.CharField):
    """E-mail addresses, one a line or with semicolons or commas between, as a list."""

    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """Show a kept list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the addresses, each once. Raises ValidationError naming the first that is none."""
        given = re.split(r"[;,\s]+", super().clean(value).strip())
        addresses = list(dict.fromkeys(each.lower() for each in given if each))
        if len(addresses) > _MOST_ADDRESSES:
            raise forms.ValidationError(_now("At most 20 addresses."))
        try:
            return [check_email(each) for each in addresses]
        except DomainError as error:
            raise forms.ValidationError(text_of(error.code, error.params)) from None


class ApprovalRules(forms.Form):
    """How many approve, where, and what proves that a payment is paid."""

    approvers_required = forms.TypedChoiceField(
        label=_("Number of approvers"), choices=APPROVERS, coerce=int, initial=2, widget=forms.RadioSelect
    )
    bank_approval = forms.ChoiceField(
        label=_("Approval at the bank"),
        choices=BankApproval.choices,
        initial=BankApproval.RGB,
        widget=forms.RadioSelect,
        help_text=_("With 0 approvers here, the payments must be approved in the net bank."),
    )
    two_step = forms.ChoiceField(
        label=_("Second factor, where the company demands it"),
        choices=TwoStep.choices,
        initial=TwoStep.APPROVAL,
        widget=forms.RadioSelect,
        required=False,
    )
    paid_evidence = forms.ChoiceField(
        label=_("What proves that a payment is paid"),
        choices=EVIDENCE,
        initial=PaidEvidence.CAMT054,
        widget=forms.RadioSelect,
    )
    reject_mode = forms.ChoiceField(
        label=_("When a payment in a file is wrong"),
        choices=RejectMode.choices,
        initial=RejectMode.FILE,
        widget=forms.RadioSelect,
    )
    hold_duplicates = forms.BooleanField(
        label=_("Hold payments that look like ones sent before, also where nobody approves"),
        required=False,
        initial=True,
    )
    auto_post = forms.BooleanField(label=_("Mark the ledger batches to be posted by themselves"), required=False)

    def clean_two_step(self) -> str:
        """Return the level; what isn't said stays as it is."""
        return str(self.cleaned_data["two_step"] or self.initial.get("two_step") or TwoStep.APPROVAL)

    def clean(self) -> dict[str, Any]:
        """Refuse 0 approvers without the net bank's approval: then nobody at all would approve."""
        asked = super().clean() or {}
        if asked.get("approvers_required") == 0 and asked.get("bank_approval") == BankApproval.RGB:
            self.add_error("bank_approval", text_of("agreement_approvers_invalid", {}))
        return asked


class RemittanceTermsForm(ApprovalRules):
    """The last step of a remittance agreement: who is told, who approves, and how."""

    rejects = AddressList(
        label=_("Contact list for rejects"),
        required=False,
        help_text=_("One address a line. Each is asked by letter, and gets nothing before it has said yes."),
    )
    approvers = AddressList(
        label=_("Approvers' addresses"),
        required=False,
        help_text=_("Told that something waits. Standing here gives nobody the right to approve."),
    )
    field_order = ("rejects", "approvers", "approvers_required")


class IncomingTermsForm(forms.Form):
    """The last step of an incoming agreement: what is fetched, KID definitions, who is told."""

    notify = forms.ChoiceField(
        label=_("What is fetched"), choices=Notify.choices, initial=Notify.OCR, widget=forms.RadioSelect
    )
    rejects = AddressList(
        label=_("Contact list"),
        required=False,
        help_text=_("One address a line. Each is asked by letter, and gets nothing before it has said yes."),
    )
    auto_post = forms.BooleanField(label=_("Mark the ledger batches to be posted by themselves"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = dict(kwargs.get("initial") or {})
        initial |= kid_initial(initial.pop("kid", []))
        super().__init__(*args, **{**kwargs, "initial": initial})
        for slot in range(1, MOST_KIDS + 1):
            self.fields |= kid_fields(slot)

    @property
    def kid_rows(self) -> list[dict[str, forms.BoundField]]:
        """Return the fields of each KID definition."""
        return [
            {name: self[f"kid{slot}_{name}"] for name in (*KID_NUMBERS, "modulus")} for slot in range(1, MOST_KIDS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        """Gather the KID definitions as `kid`, refusing each that can't be."""
        asked = super().clean() or {}
        kid, faults = read_kid_rows(asked)
        for field, code, number in faults:
            self.add_error(field, text_of(code, {"number": number}))
        if not kid and not faults and asked.get("notify") == Notify.OCR:
            self.add_error("kid1_length", _now("OCR giro needs at least one KID definition."))
        kept = {name: value for name, value in asked.items() if not name.startswith("kid")}
        return {**kept, "kid": kid}


class SettingsForm(ApprovalRules):
    """An agreement's settings, changed later; the ledger accounts stand behind."""

    def __init__(self, *args: Any, kind: str, shared: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Kind.INCOMING:
            for name in (
                "approvers_required", "bank_approval", "two_step", "paid_evidence", "reject_mode", "hold_duplicates",
            ):  # fmt: skip
                del self.fields[name]
        if shared:
            for name in (
                "approvers_required", "bank_approval", "two_step", "paid_evidence", "hold_duplicates", "auto_post",
            ):  # fmt: skip
                del self.fields[name]
            return
        names: Iterable[str] = _REMITTANCE_LEDGER if kind == Kind.REMITTANCE else _INCOMING_LEDGER
        for name in names:
            label, usual = _LEDGER_WORDS[name]
            self.fields[f"{name}_ledger_account"] = forms.RegexField(
                regex=r"^[0-9]{3,10}$",
                label=label,
                required=bool(usual),
                error_messages={"invalid": _("An account of the general ledger has 3 to 10 digits.")},
            )
        if kind == Kind.INCOMING:
            self.fields["unplaced_ledger_account"] = forms.TypedChoiceField(
                label=_("Payments that nobody can place"), choices=UNPLACED, required=False, empty_value=None
            )

    @property
    def rules(self) -> list[forms.BoundField]:
        """Return the fields that aren't accounts of the ledger."""
        return [self[name] for name in self.fields if not name.endswith("_ledger_account")]

    @property
    def ledger_fields(self) -> list[forms.BoundField]:
        """Return the fields of the general ledger's accounts."""
        return [self[name] for name in self.fields if name.endswith("_ledger_account")]


class ConvertForm(forms.Form):
    """What is to be converted, from which day, and that nothing is open on the old agreement."""

    number = forms.IntegerField(
        label=_("Agreement number in the ERP"), min_value=1, max_value=999_999_999, help_text=_("It is kept.")
    )
    kind = forms.ChoiceField(label=_("Direction"), choices=Kind.choices, widget=forms.RadioSelect)
    bank = forms.ChoiceField(label=_("Bank"), choices=BANKS)
    account = forms.CharField(label=_("Account number"), max_length=40)
    switch_date = forms.DateField(
        label=_("The day agreed with the bank"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From this day nothing comes back on the old agreement."),
    )
    open_items = forms.CharField(
        label=_("Unpaid payments on the old agreement"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. While there are any, the agreement can't be converted."),
    )
    nothing_open = forms.BooleanField(
        label=_("Nothing is unpaid, and all return data has been fetched"), required=False
    )

    clean_account = AccountForm.clean_account

    def clean(self) -> dict[str, Any]:
        """Demand that it is stated: either what is unpaid, or that nothing is."""
        asked = super().clean() or {}
        if not asked.get("open_items", "").strip() and not asked.get("nothing_open"):
            self.add_error("nothing_open", _now("Say that nothing is unpaid, or list above what is."))
        return asked


class CentralConfirmForm(forms.Form):
    """What the bank said when it registered the agreement."""

    customer_id = forms.CharField(label=_("Customer id at the bank"), max_length=35, required=False)
    division = forms.CharField(label=_("Division"), max_length=35, required=False)
    bank_agreement_id = forms.CharField(label=_("The bank's agreement id"), max_length=35, required=False)
    signers = forms.TypedChoiceField(
        label=_("Signers that the bank wants in the net bank"), choices=APPROVERS, coerce=int, initial=0
    )


class ActivationFileForm(forms.Form):
    """A bank's file of registered agreements."""

    bank = forms.ChoiceField(label=_("Bank"), choices=BANKS)
    file = forms.FileField(label=_("File"), help_text=_("CSV: account;bank_agreement_id;customer_id;date;result"))


def profile_of(answers: Mapping[str, Any]) -> BankProfile:
    """Return the profile of the bank that was answered on the first step."""
    return get_profile(answers["bank"]["bank"])

"""What an administrator fills in about people."""

from django import forms
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.errors import DomainError, text_of
from companies.models import Language


class InviteForm(forms.Form):
    """Whom to invite: e-mail, first and last name (all three required, as the source has it), and his language."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("He signs in with it, and it is his AutoPay name in the ERP."),
    )
    first_name = forms.CharField(label=_("First name"), max_length=70)
    last_name = forms.CharField(label=_("Last name"), max_length=79)
    language = forms.ChoiceField(label=_("Language of his mails"), choices=Language.choices, initial=Language.NB)

    @property
    def name(self) -> str:
        """Return the whole name."""
        return f"{self.cleaned_data['first_name']} {self.cleaned_data['last_name']}"

    def refuse(self, error: DomainError) -> None:
        """Show a refusal at the address, which is what each of them is about."""
        self.add_error("email", text_of(error.code, error.params))

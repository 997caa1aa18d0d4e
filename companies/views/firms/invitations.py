"""The page that an invitation's link leads to: a name and a password, and one is in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from autopay_portal.core.errors import DomainError
from companies.models import User
from companies.services import invitations
from companies.services.invitations import OpenInvitation
from companies.views.firms.faults import show_faults


class AcceptForm(forms.Form):
    """What somebody invited says: how he is called, and his password."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least twelve signs. A few words in a row are easy to remember and hard to guess."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean(self) -> dict[str, Any]:
        """Check the password against the installation's rules and the person's own name and address."""
        given = super().clean() or {}
        if password := given.get("password"):
            try:
                validate_password(password, User(email=self._email, name=given.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation and take its acceptance; nobody is signed in by a link."""
    try:
        found = invitations.find_open(token=token)
    except DomainError as error:
        return render(request, "companies/firms/invitation_ended.html", status=error.http_status)
    if isinstance(request.user, User):
        return _for_signed_in(request, request.user, token, found)
    if found.has_account:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    return _for_newcomer(request, token, found)


def _for_newcomer(request: HttpRequest, token: str, found: OpenInvitation) -> HttpResponse:
    given = found.invitation
    form = AcceptForm(request.POST or None, email=given.email, initial={"name": given.name})
    if request.method == "POST" and form.is_valid():
        try:
            invitations.accept(token=token, **form.cleaned_data)
        except DomainError as error:
            show_faults(form, error)
        else:
            messages.success(request, _("Welcome. Sign in with your e-mail and the password you just chose."))
            return redirect(f"{reverse('account_login')}?{urlencode({'next': _first_page(found)})}")
    context = {"form": form, "invitation": given}
    return render(request, "companies/firms/invitation.html", context, status=422 if form.errors else 200)


def _for_signed_in(request: HttpRequest, user: User, token: str, found: OpenInvitation) -> HttpResponse:
    mine = user.email == found.invitation.email
    if request.method == "POST" and mine:
        invitations.accept_as(token=token, user=user)
        messages.success(request, _("You are among the users of %(customer)s.") % {"customer": _customer(found)})
        return redirect(_first_page(found))
    context = {"invitation": found.invitation, "mine": mine}
    return render(request, "companies/firms/invitation_signed_in.html", context)


def _customer(found: OpenInvitation) -> str:
    return found.invitation.customer.name


def _first_page(found: OpenInvitation) -> str:
    """Return where an administrator begins: licence and terms; everybody else at the start page."""
    if found.invitation.administrator:
        return reverse("customer_account", kwargs={"customer_id": found.invitation.customer_id})
    return reverse("home")

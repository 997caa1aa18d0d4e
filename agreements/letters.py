"""The letters about agreements: to administrators when one moves on, and to an address that is put on a mail list."""

import secrets
from collections.abc import Iterable
from hashlib import sha256

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agreements.models import Agreement, Contact, Share, Status
from autopay_portal.core.clocks import machine_now
from companies.access import Permission
from companies.actors import Actor
from companies.mail.letters import LetterKind, register_letter
from companies.models import Company, User
from companies.queries import users_who_may
from companies.services import write_letter

_TOKEN_BYTES = 24
# What is worth a letter to who didn't do it himself.
_TOLD = {
    Status.CONFIRMED_BY_BANK: "agreement_confirmed",
    Status.ACTIVE: "agreement_active",
    Status.REFUSED_BY_BANK: "agreement_refused",
    Status.CLOSED: "agreement_closed",
}
KINDS = (
    LetterKind(
        code="agreement_confirmed",
        subject=_("The bank has confirmed an agreement of %(company)s"),
        body=_("%(bank)s has registered agreement %(number)s of %(company)s. Set it active when the ERP is ready."),
    ),
    LetterKind(
        code="agreement_active",
        subject=_("An agreement of %(company)s is active"),
        body=_("Agreement %(number)s of %(company)s at %(bank)s is active. Test it, and switch it on for the ERP."),
    ),
    LetterKind(
        code="agreement_refused",
        subject=_("The bank has refused an agreement of %(company)s"),
        body=_("%(bank)s has refused agreement %(number)s of %(company)s. The bank's words stand on its page."),
    ),
    LetterKind(
        code="agreement_closed",
        subject=_("An agreement of %(company)s is closed"),
        body=_("Agreement %(number)s of %(company)s at %(bank)s is closed. Nothing more is sent or received on it."),
    ),
    LetterKind(
        code="share_offered",
        subject=_("%(owner)s offers to share an account with %(company)s"),
        body=_("%(owner)s offers %(company)s to send payments from an account at %(bank)s. Accept or decline it."),
    ),
    LetterKind(
        code="share_accepted",
        subject=_("%(company)s has accepted to share an account"),
        body=_("%(company)s may now send payments from an account of %(owner)s at %(bank)s. Your approvers sign them."),
    ),
    LetterKind(
        code="contact_asked",
        subject=_("May AutoPay write to you about %(company)s?"),
        body=_(
            "%(company)s wants AutoPay to tell this address when something happens to its payments. The letters hold "
            "no amounts, names or accounts. Open the link to say yes; without it you get no more letters."
        ),
    ),
)


def register() -> None:
    """Make the letters known."""
    for kind in KINDS:
        register_letter(kind)


def tell_of_step(*, agreement: Agreement, actor: Actor) -> None:
    """Write to the company's administrators that an agreement has moved on, but for who did it, in one transaction.

    What the house does by itself, as setting up a sandbox, is told nobody.
    """
    kind = _TOLD.get(Status(agreement.status))
    if kind is None or actor.kind == "system":
        return
    company = agreement.company
    params = {"company": company.name, "bank": agreement.get_bank_display(), "number": str(agreement.number)}
    path = reverse("agreement", kwargs={"company_id": company.pk, "agreement_id": agreement.pk})
    _write(_administrators(company, but_for=actor), kind=kind, params=params, path=path, company=company)


def tell_of_offer(*, share: Share) -> None:
    """Write to the administrators of the company that an account is offered to, if it is here."""
    company = Company.objects.filter(country="NO", org_number=share.org_number).first()
    if company is None:
        return
    path = reverse("agreements", kwargs={"company_id": company.pk})
    _write(_administrators(company), kind="share_offered", params=_of_share(share, company), path=path, company=company)


def tell_of_acceptance(*, share: Share, company: Company) -> None:
    """Write to the owner's administrators that another company has accepted."""
    owner = share.agreement.company
    path = reverse("agreement", kwargs={"company_id": owner.pk, "agreement_id": share.agreement_id})
    _write(_administrators(owner), kind="share_accepted", params=_of_share(share, company), path=path, company=owner)


def ask_contact(*, contact: Contact, language: str = "nb") -> None:
    """Write to an address on a mail list whether it wants to be told; an earlier question's link ends with it."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    contact.token_hash, contact.asked_at = hash_of(token), machine_now()
    contact.save(update_fields=["token_hash", "asked_at"])
    company = contact.agreement.company
    write_letter(
        to=contact.email,
        language=language,
        kind="contact_asked",
        params={"company": company.name},
        path=reverse("confirm_address", kwargs={"token": "-"}).removesuffix("-"),
        secret=token,
        company_id=company.pk,
    )


def hash_of(token: str) -> str:
    """Return what is kept of a letter's token."""
    return sha256(token.encode()).hexdigest()


def _of_share(share: Share, company: Company) -> dict[str, str]:
    owner = share.agreement.company
    return {"owner": owner.name, "company": company.name, "bank": share.agreement.get_bank_display()}


def _administrators(company: Company, *, but_for: Actor | None = None) -> list[User]:
    people = users_who_may(company=company, permission=Permission.AGREEMENTS)
    return [user for user in people if but_for is None or user.pk != but_for.user_id]


def _write(people: Iterable[User], *, kind: str, params: dict[str, str], path: str, company: Company) -> None:
    for user in people:
        write_letter(to=user.email, language=user.language, kind=kind, params=params, path=path, company_id=company.pk)

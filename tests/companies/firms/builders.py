"""A customer as it is once it has ordered: terms, licences, its own company."""

import re

from django.utils import translation

from companies.mail.letters import words_of_letter
from companies.models import Company, Customer, Letter, LicenceKind, TermsOfService, User
from companies.services import accept_terms, activate_di_elbet, publish_terms, register_licence
from tests.companies.builders import SETUP, make_company, make_customer_admin


def publish(version: str = "1") -> TermsOfService:
    """Publish a version of the terms."""
    return publish_terms(version=version, text_nb=f"Vilkår {version}", text_en=f"Terms {version}", actor=SETUP)


def license_customer(customer: Customer, *, user: User | None = None) -> Company:
    """Give a customer everything that AutoPay needs, and return its own company."""
    terms = TermsOfService.objects.order_by("-published_at").first() or publish()
    accept_terms(customer=customer, terms=terms, user=user or make_customer_admin(customer=customer))
    register_licence(customer=customer, kind=LicenceKind.DI_ELBET, actor=SETUP)
    own = make_company(customer=customer, name="Byrået selv AS")
    activate_di_elbet(customer_id=customer.pk, company_id=own.pk, actor=SETUP)
    return own


def link_of(letter: Letter) -> str:
    """Return the path that a letter's link leads to."""
    _, body = words_of_letter(letter)
    found = re.search(r"https?://[^/\s]+(/\S*)", body)
    assert found is not None
    return found.group(1)


def letters_to(email: str) -> list[str]:
    """Return the kinds of the letters to an address, in the order in which they were written."""
    return list(Letter.objects.filter(recipient=email).order_by("pk").values_list("kind", flat=True))


def language_now() -> str:
    """Return the language that is spoken."""
    return translation.get_language() or ""

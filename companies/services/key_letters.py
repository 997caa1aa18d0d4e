"""Letters to a company's administrators about its signing key."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from companies.actors import Actor
from companies.mail.letters import LetterKind, register_letter
from companies.models import Company, Role, User
from companies.services.letters import write_letter


def tell_of_key(*, company_id: UUID, kind: str, actor: Actor) -> None:
    """Write to the other administrators of a company, and of its customer, what was done with its key, and by whom."""
    company = Company.objects.get(pk=company_id)
    administrators = User.objects.filter(administered_customers__customer_id=company.customer_id)
    own = User.objects.filter(role_grants__company_id=company_id, role_grants__role=Role.AUTOPAY_ADMINISTRATOR)
    others = administrators.union(own)
    for person in others:
        if person.is_active and person.pk != actor.user_id:
            write_letter(
                to=person.email,
                language=person.language,
                kind=kind,
                params={"company": company.name, "by": actor.name},
                path=f"/c/{company_id}/administration/",
                customer_id=company.customer_id,
                company_id=company_id,
            )


def register() -> None:
    """Make these letters known."""
    register_letter(
        LetterKind(
            "key_made",
            _("%(company)s has a new signing key"),
            _(
                "%(by)s made a new signing key for %(company)s. It must be pasted in the ERP, or the ERP stops working"
                " when the old one ends. If nobody expected this, look at it at once: there the keys can be ended."
            ),
        )
    )
    register_letter(
        LetterKind(
            "keys_revoked",
            _("The signing keys of %(company)s are ended"),
            _(
                "%(by)s ended all signing keys of %(company)s. Its ERP is refused until a new one is made and pasted"
                " there."
            ),
        )
    )

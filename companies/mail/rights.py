"""Letters about people's rights: what a user was given within some minutes in one mail, and that a proposal waits."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from autopay_portal.core.clocks import machine_now
from companies.mail.letters import LetterKind, register_letter
from companies.models import (
    SEE_SALARY,
    CustomerAdministrator,
    RightsNotice,
    Role,
    RoleGrant,
    SalaryAccess,
)
from companies.role_words import words_of
from companies.services.letters import write_letter
from companies.services.proposals.telling import PROPOSAL_WAITS

RIGHTS_GIVEN = "rights_given"
_MOST_COMPANIES = 20
_MOST_AT_ONCE = 200


def register() -> None:
    """Make these letters known."""
    register_letter(
        LetterKind(
            RIGHTS_GIVEN,
            _("You have new rights at %(customer)s"),
            _(
                "Hello %(name)s,\n\nyou have been given rights at %(customer)s: %(rights)s\n\n"
                "Sign in to see what is yours:"
            ),
        )
    )
    register_letter(
        LetterKind(
            PROPOSAL_WAITS,
            _("Something waits for your confirmation at %(customer)s"),
            _(
                "Hello %(name)s,\n\n%(by)s has proposed a change at %(customer)s that takes two administrators. Look at"
                " it and confirm or decline it. Ask him by another way than mail if it surprises you:"
            ),
        )
    )


@transaction.atomic
def write_rights_letters() -> int:
    """Write one letter to each user whose notice is due, about all that he was given and still has; return how many."""
    due = RightsNotice.objects.select_for_update(skip_locked=True, of=("self",)).filter(due_at__lte=machine_now())
    notices = list(due.select_related("customer", "user").order_by("due_at")[:_MOST_AT_ONCE])
    written = sum(_tell(notice) for notice in notices)
    RightsNotice.objects.filter(pk__in=[notice.pk for notice in notices]).delete()
    return written


def _tell(notice: RightsNotice) -> bool:
    """Write a notice's letter; nothing where all of it was taken back by then."""
    user = notice.user
    with override(user.language):
        rights = _rights_since(notice)
    if not rights or not user.is_active:
        return False
    write_letter(
        to=user.email,
        language=user.language,
        kind=RIGHTS_GIVEN,
        params={"name": user.name, "customer": notice.customer.name, "rights": rights},
        path="/companies/",
        customer_id=notice.customer_id,
    )
    return True


def _rights_since(notice: RightsNotice) -> str:
    """Return what was given since a notice's beginning and is still held, by company, in the active language."""
    given = {"user_id": notice.user_id, "granted_at__gte": notice.since}
    by_company: dict[tuple[str, UUID], list[str]] = {}
    of_customer = {**given, "company__customer_id": notice.customer_id}
    roles = RoleGrant.objects.filter(**of_customer).order_by("role")
    for name, company_id, role in roles.values_list("company__name", "company_id", "role"):
        by_company.setdefault((name, company_id), []).append(str(words_of(role).name))
    for name, company_id in SalaryAccess.objects.filter(**of_customer).values_list("company__name", "company_id"):
        by_company.setdefault((name, company_id), []).append(str(words_of(SEE_SALARY).name))
    said = [f"{name} ({', '.join(rights)})" for (name, _id), rights in sorted(by_company.items())]
    if len(said) > _MOST_COMPANIES:
        more = _("and %(count)s companies more") % {"count": len(said) - _MOST_COMPANIES}
        said = [*said[:_MOST_COMPANIES], str(more)]
    if CustomerAdministrator.objects.filter(**given, customer_id=notice.customer_id).exists():
        said.insert(0, str(Role.CUSTOMER_ADMINISTRATOR.label))
    return "; ".join(said)

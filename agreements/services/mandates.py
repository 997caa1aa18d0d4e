"""What the bank has registered on an account: how many signers it wants, and who holds its mandate."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from agreements.models import Agreement, Mandate, SigningRule
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import DomainError
from companies.access import users_of_company
from companies.actors import Actor
from companies.models import Company, User
from companies.services import record_audit


@transaction.atomic
def note_mandates(*, agreement: Agreement, signers: int, holders: Collection[UUID], user: User) -> None:
    """Note how many signers the bank wants on an agreement's account and who holds its mandate, replacing both.

    Nothing here changes what the bank does: it is a copy of the bank's own register, for warnings before approval.
    Raises DomainError `mandate_signers_invalid`, `mandate_holder_unknown` (422) for who has no role in the company.
    """
    if signers not in range(5):
        raise DomainError("mandate_signers_invalid")
    company = Company.objects.select_for_update(no_key=True).get(pk=agreement.owner_id)
    people = set(users_of_company(company=company).filter(pk__in=holders).values_list("pk", flat=True))
    if people != set(holders):
        raise DomainError("mandate_holder_unknown")
    where = {"company": company, "account": agreement.account}
    SigningRule.objects.update_or_create(
        company=company,
        account=agreement.account,
        defaults={"signers": signers, "noted_by": user, "noted_at": machine_now()},
    )
    held = Mandate.objects.filter(**where)
    held.exclude(user_id__in=people).delete()
    known = set(held.values_list("user_id", flat=True))
    Mandate.objects.bulk_create(
        Mandate(**where, user_id=person, noted_by=user, noted_at=machine_now()) for person in sorted(people - known)
    )
    record_audit(
        company_id=company.pk,
        actor=Actor.user(user),
        action="mandates.noted",
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"signers": signers, "holders": sorted(str(person) for person in people)},
    )

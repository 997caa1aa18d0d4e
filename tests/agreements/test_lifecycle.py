"""An agreement's life: which steps there are, and that each is kept."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from agreements.models import Agreement, Status
from agreements.queries import status_history
from agreements.services import (
    activate_for_erp,
    close_agreement,
    confirm_by_bank,
    deactivate_for_erp,
    note_test,
    order_agreement,
    refuse_by_bank,
    send_to_bank,
    set_active,
)
from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.models import AuditEvent
from tests.agreements.builders import account_number, draft, make_active, make_connection
from tests.companies.builders import SETUP, make_company, make_user

pytestmark = pytest.mark.django_db

STEPS: dict[Status, Callable[[Agreement], Agreement]] = {
    Status.ORDERED: lambda agreement: order_agreement(agreement_id=agreement.pk, actor=SETUP),
    Status.SENT_TO_BANK: lambda agreement: send_to_bank(agreement_id=agreement.pk, actor=SETUP),
    Status.CONFIRMED_BY_BANK: lambda agreement: confirm_by_bank(
        agreement_id=agreement.pk, connection_id=agreement.connection_id or uuid4(), actor=SETUP
    ),
    Status.ACTIVE: lambda agreement: set_active(agreement_id=agreement.pk, actor=SETUP),
    Status.REFUSED_BY_BANK: lambda agreement: refuse_by_bank(agreement_id=agreement.pk, remark="Nei", actor=SETUP),
    Status.CLOSED: lambda agreement: close_agreement(agreement_id=agreement.pk, actor=SETUP),
}
# Written by hand: from each status, the ones it may become.
ALLOWED = {
    "draft": {"ordered", "closed"},
    "ordered": {"sent_to_bank", "closed"},
    "sent_to_bank": {"confirmed_by_bank", "refused_by_bank", "closed"},
    "confirmed_by_bank": {"active", "closed"},
    "active": {"closed"},
    "refused_by_bank": {"ordered", "closed"},
    "closed": set(),
}


@pytest.mark.parametrize("to", STEPS)
@pytest.mark.parametrize("before", ALLOWED)
def test_an_agreement_takes_the_steps_there_are_and_no_other(before: str, to: Status) -> None:
    company = make_company()
    agreement = draft(company=company)
    connection = make_connection(company=company)
    Agreement.objects.filter(pk=agreement.pk).update(status=before, connection=connection)
    agreement.refresh_from_db()
    if to.value in ALLOWED[before]:
        assert STEPS[to](agreement).status == to
        assert Agreement.objects.get(pk=agreement.pk).status == to
    else:
        with pytest.raises(ConflictError) as refusal:
            STEPS[to](agreement)
        assert refusal.value.code == "agreement_step_impossible"
        assert Agreement.objects.get(pk=agreement.pk).status == before


def test_each_step_is_kept_with_who_and_when_and_is_in_the_audit() -> None:
    company = make_company()
    agreement = draft(company=company)
    user = make_user(company=company)
    order_agreement(agreement_id=agreement.pk, actor=Actor.user(user))
    send_to_bank(agreement_id=agreement.pk, actor=SETUP)
    refuse_by_bank(agreement_id=agreement.pk, remark="Feil divisjon", actor=Actor.bank("dnb"))
    history = [
        (step.sequence, step.from_status, step.to_status, step.actor_id, step.remark)
        for step in status_history(agreement=agreement)
    ]
    assert history == [
        (1, "", "draft", None, ""),
        (2, "draft", "ordered", user.pk, ""),
        (3, "ordered", "sent_to_bank", None, ""),
        (4, "sent_to_bank", "refused_by_bank", None, "Feil divisjon"),
    ]
    assert AuditEvent.objects.filter(action="agreement.status", subject_id=str(agreement.pk)).count() == 4


def test_the_bank_gives_ids_of_its_own() -> None:
    company = make_company()
    agreement = draft(company=company, customer_id="1", division="2")
    order_agreement(agreement_id=agreement.pk, actor=SETUP)
    send_to_bank(agreement_id=agreement.pk, actor=SETUP)
    connection = make_connection(company=company)
    confirmed = confirm_by_bank(
        agreement_id=agreement.pk, connection_id=connection.pk, customer_id="77", bank_agreement_id="A9", actor=SETUP
    )
    assert (confirmed.customer_id, confirmed.division, confirmed.bank_agreement_id) == ("77", "2", "A9")
    assert confirmed.connection == connection


def test_an_account_the_bank_has_confirmed_for_another_company_is_refused() -> None:
    account = account_number()
    make_active(company=make_company(), account=account)
    company = make_company()
    agreement = draft(company=company, account=account)
    order_agreement(agreement_id=agreement.pk, actor=SETUP)
    send_to_bank(agreement_id=agreement.pk, actor=SETUP)
    with pytest.raises(ConflictError) as refusal:
        confirm_by_bank(agreement_id=agreement.pk, connection_id=make_connection(company=company).pk, actor=SETUP)
    assert refusal.value.code == "agreement_exists"
    assert Agreement.objects.get(pk=agreement.pk).status == "sent_to_bank"


def test_without_a_line_to_the_bank_it_is_not_set_active() -> None:
    agreement = draft(company=make_company())
    Agreement.objects.filter(pk=agreement.pk).update(status="confirmed_by_bank")
    with pytest.raises(ConflictError) as refusal:
        set_active(agreement_id=agreement.pk, actor=SETUP)
    assert refusal.value.code == "agreement_without_line"


def test_the_erp_switches_it_on_only_after_a_test_that_passed() -> None:
    agreement = make_active(company=make_company())
    assert agreement.is_active
    off = deactivate_for_erp(agreement_id=agreement.pk, actor=SETUP)
    assert not off.is_active
    assert not note_test(agreement_id=agreement.pk, passed=False, actor=SETUP).erp_active
    with pytest.raises(ConflictError) as refusal:
        activate_for_erp(agreement_id=agreement.pk, actor=SETUP)
    assert refusal.value.code == "test_not_passed"
    note_test(agreement_id=agreement.pk, passed=True, actor=SETUP)
    assert activate_for_erp(agreement_id=agreement.pk, actor=SETUP).is_active
    assert not note_test(agreement_id=agreement.pk, passed=False, actor=SETUP).is_active


def test_before_it_is_active_at_the_bank_the_erp_cannot_switch_it_on() -> None:
    agreement = draft(company=make_company())
    note_test(agreement_id=agreement.pk, passed=True, actor=SETUP)
    with pytest.raises(ConflictError) as refusal:
        activate_for_erp(agreement_id=agreement.pk, actor=SETUP)
    assert refusal.value.code == "agreement_step_impossible"


def test_closing_switches_the_erp_off() -> None:
    agreement = make_active(company=make_company())
    closed = close_agreement(agreement_id=agreement.pk, actor=SETUP, remark="Byttet bank")
    assert (closed.status, closed.erp_active) == ("closed", False)


def test_an_unknown_agreement_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        order_agreement(agreement_id=uuid4(), actor=SETUP)

"""Finding the agreement of an account, and who may see which."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.access import access_agreement
from agreements.models import Kind
from agreements.queries import (
    agreement_of_account,
    agreements_for,
    agreements_visible_to,
    find_remittance_agreement,
    incoming_agreements_for,
    row_of,
)
from agreements.services import close_agreement, deactivate_for_erp
from autopay_portal.core.errors import NotFoundError
from companies.access import Permission
from companies.errors import UserLacksRoleError
from companies.models import Role
from tests.agreements.builders import SEVEN_DIGITS, account_number, draft, make_active
from tests.companies.builders import SETUP, make_company, make_operator, make_user

pytestmark = pytest.mark.django_db


def test_the_debtor_account_finds_its_companys_agreement_only() -> None:
    company = make_company()
    agreement = make_active(company=company)
    make_active(company=company, kind=Kind.INCOMING)
    assert find_remittance_agreement(company_id=company.pk, account=agreement.account) == agreement
    assert find_remittance_agreement(company_id=make_company().pk, account=agreement.account) is None
    assert find_remittance_agreement(company_id=company.pk, account=account_number()) is None


def test_an_inactive_one_is_found_so_that_the_refusal_can_say_so_and_the_active_one_comes_first() -> None:
    company, account = make_company(), account_number()
    drafted = draft(company=company, account=account)
    assert find_remittance_agreement(company_id=company.pk, account=account) == drafted
    active = make_active(company=company, account=account, bank_agreement_id="A1")
    draft(company=company, account=account, bank_agreement_id="A2")
    assert find_remittance_agreement(company_id=company.pk, account=account) == active


def test_a_closed_one_is_not_found() -> None:
    company = make_company()
    agreement = make_active(company=company)
    close_agreement(agreement_id=agreement.pk, actor=SETUP)
    assert find_remittance_agreement(company_id=company.pk, account=agreement.account) is None


def test_incoming_money_finds_its_agreement_by_line_and_account_with_definitions_and_in_few_queries() -> None:
    company = make_company()
    mine = [make_active(company=company, kind=Kind.INCOMING, kid=[SEVEN_DIGITS]) for _ in range(3)]
    make_active(company=company)
    other = make_active(company=make_company(), kind=Kind.INCOMING)
    line = mine[0].connection_id
    assert line is not None
    accounts = [agreement.account for agreement in (*mine, other)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = incoming_agreements_for(connection_id=line, accounts=accounts)
        assert {account: row_of_kid(found[account]) for account in found} == {one.account: 1 for one in mine}
    assert len(queries) == 2


def row_of_kid(agreement: object) -> int:
    return len(agreement.kid_definitions.all())  # type: ignore[attr-defined]


def test_money_is_taken_though_the_erp_has_switched_the_agreement_off_but_not_once_it_is_closed() -> None:
    agreement = make_active(company=make_company(), kind=Kind.INCOMING)
    line = agreement.connection_id
    assert line is not None
    deactivate_for_erp(agreement_id=agreement.pk, actor=SETUP)
    assert set(incoming_agreements_for(connection_id=line, accounts=[agreement.account])) == {agreement.account}
    close_agreement(agreement_id=agreement.pk, actor=SETUP)
    assert incoming_agreements_for(connection_id=line, accounts=[agreement.account]) == {}
    found = agreements_for(connection_id=line, accounts=[agreement.account], kind=Kind.INCOMING)
    assert set(found) == {agreement.account}


def test_an_account_is_found_at_its_bank_only_once_the_bank_has_confirmed_it() -> None:
    account = account_number()
    draft(company=make_company(), account=account)
    assert agreement_of_account(bank="dnb", account=account, kind=Kind.REMITTANCE) is None
    agreement = make_active(company=make_company(), account=account)
    assert agreement_of_account(bank="dnb", account=account, kind=Kind.REMITTANCE) == agreement
    assert agreement_of_account(bank="nordea", account=account, kind=Kind.REMITTANCE) is None


def test_a_list_holds_what_the_user_may_see_and_its_rows_cost_no_query_each() -> None:
    company = make_company()
    for _ in range(3):
        make_active(company=company, kind=Kind.INCOMING, kid=[SEVEN_DIGITS])
    make_active(company=make_company())
    viewer = make_user(company=company, roles=(Role.VIEWER,))
    with CaptureQueriesContext(connection) as queries:
        rows = [row_of(agreement) for agreement in agreements_visible_to(user=viewer)]
    assert [(row.company_id, row.owner_name, row.kid) for row in rows] == [
        (company.pk, company.name, (SEVEN_DIGITS,))
    ] * 3
    assert len(queries) == 3  # operator or not, agreements, definitions
    assert agreements_visible_to(user=make_operator()).count() == 4
    assert agreements_visible_to(user=make_user()).count() == 0


def test_an_agreement_is_reached_by_those_whose_roles_allow_it() -> None:
    company = make_company()
    agreement = make_active(company=company)
    admin = make_user(company=company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    viewer = make_user(company=company, roles=(Role.VIEWER,))
    stranger = make_user(company=make_company(), roles=(Role.AUTOPAY_ADMINISTRATOR,))
    agreement_id = str(agreement.pk)
    assert access_agreement(user=admin, agreement_id=agreement_id, permission=Permission.AGREEMENTS) == agreement
    assert access_agreement(user=viewer, agreement_id=agreement_id, permission=Permission.READ) == agreement
    with pytest.raises(UserLacksRoleError):
        access_agreement(user=viewer, agreement_id=agreement_id, permission=Permission.AGREEMENTS)
    for asked in (agreement_id, "no-id"):
        with pytest.raises(NotFoundError):
            access_agreement(user=stranger, agreement_id=asked, permission=Permission.READ)


def test_by_another_companys_key_it_is_not_found_though_the_user_has_roles_in_both() -> None:
    company = make_company()
    other = make_company(customer=company.customer)
    agreement = make_active(company=company)
    user = make_user(company=company, roles=(Role.VIEWER,))
    reached = access_agreement(user=user, agreement_id=agreement.pk, permission=Permission.READ, company_id=company.pk)
    assert reached == agreement
    with pytest.raises(NotFoundError):
        access_agreement(user=user, agreement_id=agreement.pk, permission=Permission.READ, company_id=other.pk)

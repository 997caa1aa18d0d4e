"""Leavers: the administrator is shown first whose payments can't be approved afterwards."""

import pytest

from agreements.departures import approvals_short
from agreements.models import Kind
from companies.models import Role
from tests.agreements.builders import account_number, make_active
from tests.companies.builders import make_company, make_customer, make_user

pytestmark = pytest.mark.django_db


def test_companies_that_then_lack_approvers_are_named_with_how_many_are_left() -> None:
    customer = make_customer()
    short, enough, none = (make_company(customer=customer, name=name) for name in ("Kort AS", "Nok AS", "Null AS"))
    for company, wanted in ((short, 2), (enough, 1), (none, 0)):
        make_active(company=company, kind=Kind.REMITTANCE, account=account_number(), approvers_required=wanted)
    kari = make_user()
    for company in (short, enough, none):
        make_user(company=company, roles=(Role.APPROVER, Role.VIEWER))
        company.role_grants.create(user=kari, role=Role.APPROVER)
    gone = make_user(company=short, roles=(Role.APPROVER,))
    gone.is_active = False
    gone.save()

    [stop] = approvals_short(kari, customer.pk, 20)

    assert stop.company == "Kort AS"
    assert ("2" in stop.what, "1" in stop.what) == (True, True)
    assert approvals_short(kari, make_customer().pk, 20) == []
    assert approvals_short(make_user(), customer.pk, 20) == []

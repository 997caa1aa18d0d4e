"""Handing a company over: both agree, Central confirms, and whoever was there before has nothing there after."""

import pytest

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies import blockers
from companies.access import Permission, access_company
from companies.blockers import Blocker, register_blockers
from companies.models import AuditEvent, Company, CompanyHandover, Customer, Role, Service, SigningKey, User
from companies.services import (
    activate_service,
    agree_to_handover,
    confirm_handover,
    create_signing_key,
    end_handover,
    grant_salary_access,
    propose_handover,
)
from tests.companies.builders import SETUP, make_company, make_customer, make_customer_admin, make_operator, make_user
from tests.companies.firms.builders import letters_to, license_customer

pytestmark = pytest.mark.django_db


class Two:
    """A company between two customers, with their administrators, an operator, and somebody with a role."""

    def __init__(self) -> None:
        self.giver, self.taker = make_customer("Fra AS"), make_customer("Til AS")
        self.gives, self.takes = make_customer_admin(customer=self.giver), make_customer_admin(customer=self.taker)
        self.operator = make_operator()
        self.company = make_company(customer=self.giver, name="Flyttes AS")
        self.approver = make_user(company=self.company, roles=(Role.APPROVER,))

    def propose(self, *, keeps_keys: bool = False, number: str = "") -> CompanyHandover:
        return propose_handover(
            company_id=self.company.pk, customer_id=self.giver.pk, to_number=number or f" {self.taker.number} ",
            keeps_keys=keeps_keys, user=self.gives,
        )  # fmt: skip

    def agreed(self, *, keeps_keys: bool = False) -> CompanyHandover:
        return agree_to_handover(
            handover_id=self.propose(keeps_keys=keeps_keys).pk, customer_id=self.taker.pk, user=self.takes
        )

    def may_read(self, user: User) -> bool:
        try:
            access_company(user=user, company_id=self.company.pk, permission=Permission.READ)
        except NotFoundError:
            return False
        return True


@pytest.fixture
def two() -> Two:
    return Two()


def test_the_company_goes_over_when_all_three_have_said_so(two: Two) -> None:
    grant_salary_access(user=two.approver, company=two.company, actor=SETUP)
    create_signing_key(company_id=two.company.pk, actor=SETUP)

    handover = two.agreed()
    assert two.may_read(two.gives)
    assert not two.may_read(two.takes)
    confirm_handover(handover_id=handover.pk, user=two.operator)

    assert Company.objects.get(pk=two.company.pk).customer == two.taker
    assert [two.may_read(user) for user in (two.gives, two.approver, two.takes)] == [False, False, True]
    assert not SigningKey.objects.filter(company=two.company, revoked_at=None).exists()
    assert not two.approver.salary_accesses.exists()
    assert letters_to(two.takes.email) == ["handover_proposed", "handover_done"]
    assert letters_to(two.gives.email) == ["handover_done"]
    assert letters_to(two.operator.email) == ["handover_waits"]
    actions = set(AuditEvent.objects.filter(chain_id=str(two.company.pk)).values_list("action", flat=True))
    assert {"handover.proposed", "handover.agreed", "handover.done"} <= actions


def test_keys_are_kept_by_choice(two: Two) -> None:
    create_signing_key(company_id=two.company.pk, actor=SETUP)
    confirm_handover(handover_id=two.agreed(keeps_keys=True).pk, user=two.operator)

    assert SigningKey.objects.filter(company=two.company, revoked_at=None).exists()


def test_offering_to_nobody_reads_like_offering_to_somebody_and_tells_nobody(two: Two) -> None:
    handover = two.propose(number="FINNES-IKKE")

    assert handover.state == "proposed"
    assert letters_to(two.takes.email) == []
    with pytest.raises(NotFoundError):
        agree_to_handover(handover_id=handover.pk, customer_id=two.taker.pk, user=two.takes)


def test_nobody_agrees_for_another_and_the_giver_not_with_himself(two: Two) -> None:
    handover = two.propose()
    for customer in (make_customer(), two.giver):
        with pytest.raises(NotFoundError):
            agree_to_handover(handover_id=handover.pk, customer_id=customer.pk, user=two.gives)
    with pytest.raises(NotFoundError):
        end_handover(handover_id=handover.pk, customer_id=make_customer().pk, user=two.gives)
    with pytest.raises(DomainError, match="handover_to_self"):
        two.propose(number=two.giver.number)


def test_central_confirms_nothing_that_isnt_agreed_or_has_ended(two: Two) -> None:
    handover = two.propose()
    with pytest.raises(ConflictError, match="handover_ended"):
        confirm_handover(handover_id=handover.pk, user=two.operator)
    end_handover(handover_id=handover.pk, customer_id=two.giver.pk, user=two.gives)
    for customer_id in (two.taker.pk, two.giver.pk, None):
        with pytest.raises(ConflictError, match="handover_ended"):
            end_handover(handover_id=handover.pk, customer_id=customer_id, user=two.operator)
    assert CompanyHandover.objects.get().state == "withdrawn"
    assert letters_to(two.takes.email) == ["handover_proposed", "handover_ended"]


def test_a_company_is_handed_over_to_one_at_a_time(two: Two) -> None:
    two.propose()
    with pytest.raises(ConflictError, match="handover_open"):
        two.propose()


def test_payments_under_way_keep_it_where_it_is(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    handover = two.agreed()
    monkeypatch.setattr(blockers, "_sources", {})
    register_blockers("test", lambda _company: [Blocker("To betalinger er på vei.", stops=True)])

    with pytest.raises(ConflictError, match="company_busy"):
        confirm_handover(handover_id=handover.pk, user=two.operator)
    assert Company.objects.get(pk=two.company.pk).customer == two.giver


def test_one_who_lacks_the_licences_takes_over_no_company_that_uses_autopay(two: Two) -> None:
    license_customer(two.giver, user=two.gives)
    activate_service(company=two.company, service=Service.AUTOPAY, actor=SETUP)
    handover = two.agreed()

    with pytest.raises(ConflictError, match="handover_lacks"):
        confirm_handover(handover_id=handover.pk, user=two.operator)
    license_customer(two.taker, user=two.takes)
    confirm_handover(handover_id=handover.pk, user=two.operator)


def test_ones_own_company_stays(two: Two) -> None:
    own = license_customer(two.giver, user=two.gives)
    with pytest.raises(ConflictError, match="own_company_stays"):
        propose_handover(company_id=own.pk, customer_id=two.giver.pk, to_number="X", keeps_keys=False, user=two.gives)


def test_anothers_company_cannot_be_given_away(two: Two) -> None:
    customer: Customer = make_customer()
    with pytest.raises(NotFoundError):
        propose_handover(
            company_id=two.company.pk, customer_id=customer.pk, to_number="X", keeps_keys=False, user=two.gives
        )

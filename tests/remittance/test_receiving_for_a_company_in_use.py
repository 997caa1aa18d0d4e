"""A company that is deactivated, or that doesn't use AutoPay, sends nothing; and is told which of the two it is."""

from typing import Any

import pytest

from autopay_portal.core.errors import ConflictError
from companies.models import ServiceInUse
from companies.services import deactivate_company, reactivate_company
from remittance.models import Refusal, Remittance
from tests.companies.builders import SETUP
from tests.remittance.builders import Sender, make_sender, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Sender:
    return make_sender()


def use(sender: Sender, service: Any) -> None:
    service(company_id=sender.company.pk, customer_id=sender.company.customer_id, actor=SETUP)


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_deactivated_company_is_refused_by_name_and_stores_nothing(sender: Sender, query: str) -> None:
    use(sender, deactivate_company)

    answer = sender.send_json(order(), query=query)

    assert (answer.status_code, answer.json()["code"]) == (409, "company_deactivated")
    assert sender.company.name in answer.json()["detail"]
    assert not Remittance.objects.exists()


def test_what_it_has_stays_readable_and_it_sends_again_when_it_is_back(sender: Sender) -> None:
    use(sender, deactivate_company)
    assert sender.erp.get("remittances").status_code == 200
    assert sender.erp.get("agreements").status_code == 200

    use(sender, reactivate_company)
    assert sender.send_json(order()).status_code == 201


def test_without_the_service_nothing_is_sent(sender: Sender) -> None:
    ServiceInUse.objects.all().delete()

    answer = sender.send_json(order())

    assert (answer.status_code, answer.json()["code"]) == (409, "service_not_in_use")
    assert not Remittance.objects.exists()
    assert Refusal.objects.get().code == "service_not_in_use"


def test_a_company_with_payments_under_way_is_not_deactivated(sender: Sender) -> None:
    assert sender.send_json(order()).status_code == 201

    with pytest.raises(ConflictError, match="company_busy"):
        use(sender, deactivate_company)

"""`setup-check`, agreements at the API, the limit of calls, and what isn't built yet."""

from typing import Any

import pytest

from agreements.models import Agreement, Kind
from agreements.services import note_test
from companies.models import LicenceKind, Role
from companies.models.customers import Service
from companies.services import accept_terms, activate_di_elbet, activate_service, publish_terms, register_licence
from erp_gateway import throttling
from tests.agreements.builders import make_active
from tests.companies.builders import SETUP, make_company

from .builders import Erp, another_user, make_agreement, make_erp

pytestmark = pytest.mark.django_db
NAMES = ["signature", "user", "role", "licence", "terms", "service", "agreements", "bank_line"]


@pytest.fixture
def erp() -> Erp:
    """Return an ERP whose user administers AutoPay in its company."""
    return make_erp(Role.AUTOPAY_ADMINISTRATOR)


def failed(answer: Any) -> list[str]:
    """Return the names of the checks that failed."""
    assert answer.status_code == 200
    document = answer.json()
    assert document["ok"] == all(check["ok"] for check in document["checks"])
    assert all(check["detail"] for check in document["checks"])
    return [check["name"] for check in document["checks"] if not check["ok"]]


def put_in_place(erp: Erp) -> Agreement:
    """Give the company everything that the set-up check asks for, and return its agreement."""
    customer = erp.company.customer
    terms = publish_terms(version="1", text_nb="vilkår", text_en="terms", actor=SETUP)
    accept_terms(customer=customer, terms=terms, user=erp.user)
    for kind in LicenceKind:
        register_licence(customer=customer, kind=kind, actor=SETUP)
    activate_di_elbet(customer_id=customer.pk, company_id=make_company(customer=customer).pk, actor=SETUP)
    activate_service(company=erp.company, service=Service.AUTOPAY, actor=SETUP)
    return make_active(company=erp.company)


def test_the_checks_are_named_as_the_contract_has_them(erp: Erp) -> None:
    document = erp.get("setup-check").json()

    assert [check["name"] for check in document["checks"]] == NAMES
    assert failed(erp.get("setup-check")) == ["licence", "terms", "service", "agreements", "bank_line"]


def test_all_is_well_when_everything_is_in_place(erp: Erp) -> None:
    put_in_place(erp)

    assert failed(erp.get("setup-check")) == []


def test_a_user_who_may_not_transfer_files_lacks_the_role(erp: Erp) -> None:
    assert "role" in failed(another_user(erp, Role.VIEWER).get("setup-check"))
    assert "role" not in failed(another_user(erp, Role.FILE_TRANSFER).get("setup-check"))


def test_an_agreement_has_the_contracts_shape(erp: Erp) -> None:
    agreement = make_agreement(erp.company, kind=Kind.REMITTANCE)

    assert erp.get(f"agreements/{agreement.pk}").json() == {
        "id": str(agreement.pk),
        "number": agreement.number,
        "company": str(erp.company.pk),
        "owner": str(erp.company.pk),
        "kind": "remittance",
        "bank": "dnb",
        "account": "86011117947",
        "currency": "NOK",
        "customer_id": "",
        "division": "",
        "approvers_required": 1,
        "notify": "camt054",
        "status": "draft",
        "erp_active": False,
        "last_test": None,
        "kid": [],
        "conversion": None,
    }


def test_agreements_are_the_companys_own(erp: Erp) -> None:
    agreement, other = make_agreement(erp.company), make_agreement(make_company())

    assert [each["id"] for each in erp.get("agreements").json()["results"]] == [str(agreement.pk)]
    assert erp.get(f"agreements/{other.pk}").status_code == 404


def test_an_agreement_is_switched_on_after_a_passed_test_only(erp: Erp) -> None:
    agreement = put_in_place(erp)
    note_test(agreement_id=agreement.pk, passed=False, actor=SETUP)
    assert erp.post(f"agreements/{agreement.pk}/activate").json()["code"] == "test_not_passed"

    assert failed(erp.post(f"agreements/{agreement.pk}/test")) == []
    answer = erp.post(f"agreements/{agreement.pk}/activate")

    assert (answer.status_code, answer.json()["erp_active"]) == (200, True)
    assert answer.json()["last_test"].endswith("Z")


def test_a_failed_test_says_what_lacks_and_allows_nothing(erp: Erp) -> None:
    agreement = make_agreement(erp.company)

    assert "bank_line" in failed(erp.post(f"agreements/{agreement.pk}/test"))
    assert erp.post(f"agreements/{agreement.pk}/activate").status_code == 409


def test_agreements_are_worked_on_by_administrators(erp: Erp) -> None:
    agreement = make_agreement(erp.company)

    for what in ("test", "activate"):
        answer = another_user(erp, Role.FILE_TRANSFER).post(f"agreements/{agreement.pk}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (403, "user_lacks_role")


@pytest.mark.parametrize("path", ["webhook-endpoints", "statements", "companies"])
def test_a_call_to_come_answers_501(erp: Erp, path: str) -> None:
    answer = erp.post(path, {})

    assert (answer.status_code, answer.json()["code"]) == (501, "not_available")


def test_a_method_that_a_call_has_not_is_405(erp: Erp) -> None:
    answer = erp.post("setup-check", {})

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_too_many_calls_with_a_key_are_429_with_retry_after(erp: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "CALLS_PER_MINUTE", 2)
    monkeypatch.setattr("erp_gateway.throttling.time", lambda: 1764000000.0)
    answers = [erp.get("setup-check") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert make_erp().get("setup-check").status_code == 200


def test_no_answer_is_kept_by_anyone_on_the_way(erp: Erp) -> None:
    assert erp.get("agreements")["Cache-Control"] == "no-store"
    assert erp.get("agreements/x")["Cache-Control"] == "no-store"


def test_the_description_names_every_call_once_and_its_signature(erp: Erp) -> None:
    document = erp.client.get("/api/v1/openapi.json").json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert document["openapi"].startswith("3.1")
    assert len(names) == len(set(names)) > 15
    assert "post_ledger_batches_batch_id_lease" in names
    assert all(operation["security"] == [{"signature": []}] for operation in operations)


def test_the_readable_page_runs_no_script_of_its_own_text(erp: Erp) -> None:
    page = erp.client.get("/api/v1/docs/")

    assert page.status_code == 200
    assert b"<script>" not in page.content
    assert "unsafe" not in page["Content-Security-Policy"]

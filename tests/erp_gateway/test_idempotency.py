"""A request with a key is done once (money.md 4): replayed, refused while in progress, refused with another body."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import RequestFactory

from autopay_portal.core.errors import ConflictError, DomainError
from companies.models import Company
from erp_gateway.idempotency import Answer, idempotency_key_of, run_once
from erp_gateway.models import IdempotentAnswer
from tests.companies.builders import make_company

pytestmark = pytest.mark.django_db(transaction=True)
BODY = "a" * 64


@pytest.fixture
def company() -> Company:
    """Return a company."""
    return make_company()


class Work:
    """Work that counts how often it was done."""

    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.times = 0

    def __call__(self) -> Answer:
        """Do it once more."""
        self.times += 1
        return Answer(status=self.status, body={"id": "R-1", "b": self.times, "a": "ø"})


def once(company: Company, work: Any, *, key: str = "k-1", body: str = BODY) -> Answer:
    """Do `work` under a key."""
    return run_once(company_id=company.pk, key=key, body_sha256=body, work=work)


def test_a_repeated_request_gives_the_first_answer_and_does_nothing(company: Company) -> None:
    work = Work()

    first, again = once(company, work), once(company, work)

    assert work.times == 1
    assert (again.status, again.body, list(again.body)) == (201, first.body, ["id", "b", "a"])
    assert (first.replayed, again.replayed) == (False, True)
    assert again.as_response()["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.as_response()


def test_the_same_key_with_another_body_is_a_conflict(company: Company) -> None:
    once(company, Work())

    with pytest.raises(DomainError) as refused:
        once(company, Work(), body="b" * 64)

    assert (refused.value.http_status, refused.value.code) == (409, "idempotency_conflict")


def test_another_companys_key_is_another_key(company: Company) -> None:
    once(company, Work())

    assert not once(make_company(), Work(), body="b" * 64).replayed


def test_a_refusal_leaves_the_key_free_and_nothing_behind(company: Company) -> None:
    def refuse() -> Answer:
        IdempotentAnswer.objects.create(company=company, key="side", body_sha256=BODY, status=200, body="{}")
        raise ConflictError("duplicate_message")

    with pytest.raises(ConflictError):
        once(company, refuse)
    assert not IdempotentAnswer.objects.exists()
    assert once(company, Work(409)).status == 409
    assert not IdempotentAnswer.objects.exists()

    assert not once(company, Work(), body="b" * 64).replayed


def test_a_request_in_progress_is_409_with_retry_after(company: Company) -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow() -> Answer:
        inside.set()
        assert leave.wait(20)
        return Answer(status=201, body={})

    def first() -> None:
        try:
            once(company, slow)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(20)
        with pytest.raises(DomainError) as refused:
            once(company, Work())
    finally:
        leave.set()
        thread.join(20)

    assert (refused.value.http_status, refused.value.code) == (409, "in_progress")
    assert refused.value.headers["Retry-After"] == "1"
    assert once(company, Work()).replayed


def test_the_work_is_never_part_of_a_larger_transaction(company: Company) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        once(company, Work())


@pytest.mark.parametrize(("key", "code"), [("", "idempotency_key_missing"), ("n" * 256, "idempotency_key_invalid")])
def test_a_key_is_needed_and_has_a_form(key: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        idempotency_key_of(RequestFactory().post("/", headers={"Idempotency-Key": key}))

    assert (refused.value.http_status, refused.value.code) == (400, code)

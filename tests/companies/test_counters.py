"""The company's counters have no holes and never go back."""

from threading import Thread
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from autopay_portal.core.errors import DomainError, NotFoundError
from companies.models import Company
from companies.services import acknowledge_messages, next_ledger_batch_number, next_message_sequence
from tests.companies.builders import make_company


@pytest.mark.django_db
def test_numbers_are_taken_in_blocks_and_the_first_is_returned() -> None:
    company, other = make_company(), make_company()
    assert next_message_sequence(company_id=company.pk, count=3) == 1
    assert next_message_sequence(company_id=company.pk, count=1) == 4
    assert next_message_sequence(company_id=other.pk, count=2) == 1
    assert [next_ledger_batch_number(company_id=company.pk) for _ in range(3)] == [1, 2, 3]


@pytest.mark.django_db
def test_no_number_is_taken_of_an_unknown_company_or_for_nothing() -> None:
    with pytest.raises(NotFoundError):
        next_message_sequence(company_id=uuid4(), count=1)
    with pytest.raises(ValueError, match="0 numbers"):
        next_message_sequence(company_id=make_company().pk, count=0)


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_only_inside_the_transaction_of_its_work() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        next_message_sequence(company_id=make_company().pk, count=1)


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_get_numbers_without_holes_though_some_abort() -> None:
    company = make_company()
    taken: list[int] = []

    def work(number: int) -> None:
        for turn in range(10):
            aborts = (turn + number) % 2 == 1
            with transaction.atomic():
                first = next_message_sequence(company_id=company.pk, count=2)
                transaction.set_rollback(aborts)
            if not aborts:
                taken.extend((first, first + 1))
        connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 41))
    assert Company.objects.get(pk=company.pk).message_sequence == 40


@pytest.mark.django_db
def test_an_acknowledgement_never_goes_back_and_never_beyond_the_last() -> None:
    company = make_company()
    next_message_sequence(company_id=company.pk, count=5)
    assert acknowledge_messages(company_id=company.pk, up_to=3) == 3
    assert acknowledge_messages(company_id=company.pk, up_to=2) == 3
    with pytest.raises(DomainError) as refusal:
        acknowledge_messages(company_id=company.pk, up_to=6)
    assert (refusal.value.code, refusal.value.http_status) == ("acknowledged_beyond_last", 422)
    assert Company.objects.get(pk=company.pk).acknowledged_sequence == 3


@pytest.mark.django_db
@pytest.mark.parametrize("counter", ["message_sequence", "acknowledged_sequence", "ledger_batch_number"])
def test_saving_a_company_that_was_read_earlier_can_set_no_counter_back(counter: str) -> None:
    company = make_company()
    Company.objects.filter(pk=company.pk).update(message_sequence=5, acknowledged_sequence=3, ledger_batch_number=2)
    now = Company.objects.get(pk=company.pk)
    setattr(now, counter, getattr(now, counter) - 1)
    now.name = "Nytt navn"
    with pytest.raises(IntegrityError, match="never go back"), transaction.atomic():
        now.save()
    now.save(update_fields=["name"])
    assert Company.objects.get(pk=company.pk).name == "Nytt navn"

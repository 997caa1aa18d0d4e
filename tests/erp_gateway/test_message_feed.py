"""The message feed: numbers without holes in the order of the commits, read behind a number, acknowledged."""

import threading
from uuid import UUID

import pytest
from django.db import connection, transaction

from autopay_portal.core.ids import uuid7
from companies.models import Company
from erp_gateway.models import Message
from erp_gateway.queries import feed_page
from erp_gateway.services import NewMessage, emit_messages, emit_messages_from
from tests.companies.builders import make_company

from .builders import Erp, make_erp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def erp() -> Erp:
    """Return an ERP with the role file transfer."""
    return make_erp()


def emit(company: Company, count: int = 1) -> int:
    """Emit messages in a transaction of their own and return the last number."""
    messages = [NewMessage(id=uuid7(), data={"remittance": str(n), "status": "sent"}) for n in range(count)]
    with transaction.atomic():
        return emit_messages(company_id=company.pk, kind="remittance_status", messages=messages)


def numbers(erp: Erp, query: str = "") -> list[int]:
    """Return the numbers that the feed gives."""
    answer = erp.get(f"messages{query}")
    assert answer.status_code == 200
    return [message["sequence"] for message in answer.json()["results"]]


def test_messages_come_oldest_first_in_the_contracts_shape(erp: Erp) -> None:
    emit(erp.company, 2)

    page = erp.get("messages?after=0").json()

    message = Message.objects.get(sequence=1)
    assert page["last"] == 2
    assert page["results"][0] == {
        "sequence": 1,
        "kind": "remittance_status",
        "id": str(message.pk),
        "created": message.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"remittance": "0", "status": "sent"},
    }


def test_the_feed_is_read_behind_a_number_and_limited(erp: Erp) -> None:
    emit(erp.company, 5)

    assert numbers(erp, "?after=2&limit=2") == [3, 4]
    assert erp.get("messages?after=2&limit=2").json()["last"] == 4
    assert erp.get("messages?after=5").json() == {"results": [], "last": 5}


def test_without_after_it_starts_behind_what_was_acknowledged(erp: Erp) -> None:
    emit(erp.company, 3)

    assert numbers(erp) == [1, 2, 3]
    assert erp.post("messages/ack", {"up_to": 2}).json() == {"acknowledged": 2}
    assert numbers(erp) == [3]
    assert numbers(erp, "?after=0") == [1, 2, 3]
    assert erp.post("messages/ack", {"up_to": 1}).json() == {"acknowledged": 2}


def test_acknowledging_beyond_the_last_is_422(erp: Erp) -> None:
    emit(erp.company)

    assert erp.post("messages/ack", {"up_to": 2}).status_code == 422
    for body in ({}, {"up_to": "1"}, {"up_to": -1}, {"up_to": True}):
        assert erp.post("messages/ack", body).status_code == 422


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?wait=61", "?limit=0", "?limit=501", "?after=1e3"])
def test_parameters_that_are_none_are_400(erp: Erp, query: str) -> None:
    assert erp.get(f"messages{query}").status_code == 400


def test_each_company_has_its_own_numbers(erp: Erp) -> None:
    emit(make_company(), 7)
    emit(erp.company)

    assert numbers(erp) == [1]


def test_messages_from_a_query_are_numbered_in_its_order(erp: Erp) -> None:
    query = """SELECT uuidv7(), jsonb_build_object('n', n) FROM generate_series(1, %s) AS n ORDER BY n DESC"""
    with transaction.atomic():
        last = emit_messages_from(company_id=erp.company.pk, kind="payment_status", query=query, params=[500])
        assert emit_messages_from(company_id=erp.company.pk, kind="payment_status", query=query, params=[0]) == 0
        emit_messages_from(
            company_id=erp.company.pk, kind="payment_status", query=query.replace("%s", "%(n)s"), params={"n": 1}
        )

    page = feed_page(company_id=erp.company.pk, after=0, limit=600)
    assert last == 500
    assert [message["data"]["n"] for message in page["results"]] == [*range(500, 0, -1), 1]
    assert page["last"] == 501


def test_an_undone_transaction_leaves_no_hole(erp: Erp) -> None:
    emit(erp.company)
    with transaction.atomic():
        emit_messages(company_id=erp.company.pk, kind="statement", messages=[NewMessage(id=uuid7(), data={})])
        transaction.set_rollback(True)

    assert emit(erp.company) == 2


def test_a_later_number_is_never_seen_before_an_earlier_one(erp: Erp) -> None:
    """Two transactions write at once: the second gets its number only when the first has ended."""
    first_has_number, first_may_end, second_done = threading.Event(), threading.Event(), threading.Event()
    seen: list[int] = []

    def first() -> None:
        with transaction.atomic():
            emit_messages(company_id=erp.company.pk, kind="statement", messages=[NewMessage(id=uuid7(), data={})])
            first_has_number.set()
            assert first_may_end.wait(20)
        connection.close()

    def second() -> None:
        seen.append(emit(erp.company))
        second_done.set()
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert first_has_number.wait(20)
    threads[1].start()
    wait_until_blocked(connection_count=1)

    assert not second_done.is_set()
    assert feed_page(company_id=erp.company.pk, after=0, limit=10)["results"] == []
    first_may_end.set()
    for thread in threads:
        thread.join(20)
    assert seen == [2]
    assert numbers(erp, "?after=0") == [1, 2]


def wait_until_blocked(*, connection_count: int) -> None:
    """Return when so many connections of this database wait for a lock: what PostgreSQL says, not a guess of time."""
    tick = threading.Event()
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0] >= connection_count:
                return
        tick.wait(0.01)
    raise AssertionError("nobody waits for a lock")


def test_a_message_keeps_the_subject_it_tells_of(erp: Erp) -> None:
    subject: UUID = uuid7()
    with transaction.atomic():
        emit_messages(
            company_id=erp.company.pk, kind="statement", messages=[NewMessage(id=subject, data={"x": subject})]
        )

    assert Message.objects.get().subject_id == subject
    assert Message.objects.get().data == {"x": str(subject)}

"""Ledger batches: balanced by the database, numbered without holes, never changed, replaced by a new one."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from companies.models import Company, Role
from companies.services import link_employee, set_posting_employee
from erp_gateway.errors import LedgerRefusedError, UnableToCreateLedgerBatchError
from erp_gateway.ledger import create_ledger_batch, supersede_ledger_batch
from erp_gateway.models import LedgerBatch, LedgerLine, Message
from tests.companies.builders import SETUP, make_company, make_user

from .builders import make_agreement, make_erp
from .ledger_builders import line, make_batch, payment_lines, receipt_lines, values_query

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company() -> Company:
    """Return a company with an agreement."""
    company = make_company()
    make_agreement(company)
    return company


def test_a_batch_has_the_lines_in_order_voucher_by_voucher(company: Company) -> None:
    lines = [line("b", "1920", 500), line("b", "1500", -500), line("a", "1920", 700), line("a", "1500", -700)]

    batch = make_batch(company, lines, kind="incoming")

    rows = batch.lines.order_by("number").values_list("number", "voucher__number", "account", "debit", "credit")
    assert list(rows) == [
        (1, 1, "1920", 500, 0),
        (2, 1, "1500", 0, 500),
        (3, 2, "1920", 700, 0),
        (4, 2, "1500", 0, 700),
    ]
    assert (batch.total, batch.line_count, batch.number) == (1200, 4, 1)


def test_lines_apart_from_their_vouchers_are_refused(company: Company) -> None:
    mixed = [line("b", "1920", 500), line("a", "1920", 700), line("b", "1500", -500), line("a", "1500", -700)]

    with pytest.raises(UnableToCreateLedgerBatchError, match="follow each other"):
        make_batch(company, mixed, kind="incoming")


def test_a_line_of_a_voucher_of_another_batch_is_refused(company: Company) -> None:
    first, second = make_batch(company), make_batch(company)
    of_another = {"company_id": company.pk, "batch_id": second.pk, "voucher": first.vouchers.get(), "number": 9}

    with pytest.raises(IntegrityError, match="belongs to a voucher of its batch"), transaction.atomic():
        LedgerLine.objects.create(
            **of_another, account="1920", debit=1, credit=0, text="", date=date(2026, 11, 24), currency="NOK"
        )


def test_the_feed_is_told_in_the_same_transaction(company: Company) -> None:
    batch = make_batch(company)

    message = Message.objects.get(company=company)
    assert (message.kind, message.subject_id, message.sequence) == ("ledger_batch_ready", batch.pk, 1)
    assert message.data == {
        "ledger_batch": str(batch.pk),
        "number": 1,
        "kind": "outgoing",
        "line_count": 3,
        "total": "12000.00",
        "currency": "NOK",
    }


def test_numbers_have_no_holes_though_a_batch_is_undone(company: Company) -> None:
    make_batch(company)
    with pytest.raises(IntegrityError, match="voucher 1 has 2 lines, debits 5 and credits 4"):
        make_batch(company, [line("1", "1920", 5), line("1", "2400", -4)])

    assert make_batch(company).number == 2
    assert list(Message.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    "lines",
    [
        [line("1", "1920", 5), line("1", "2400", -4)],
        [line("1", "1920", 0), line("1", "2400", 0)],
        [*payment_lines("1"), line("2", "1920", 7), line("3", "2400", -7)],
        [*payment_lines("1"), line("2", "1920", 0)],
    ],
)
def test_a_voucher_that_does_not_balance_undoes_everything(company: Company, lines: list[dict[str, object]]) -> None:
    with pytest.raises(IntegrityError):
        make_batch(company, lines)

    assert not LedgerBatch.objects.exists()
    assert not LedgerLine.objects.exists()


def test_a_batch_without_lines_or_with_a_line_without_voucher_is_no_batch(company: Company) -> None:
    with pytest.raises(UnableToCreateLedgerBatchError):
        make_batch(company, [*payment_lines(), line(None, "1920", 5)])
    with pytest.raises(UnableToCreateLedgerBatchError), transaction.atomic():
        create_ledger_batch(
            company_id=company.pk,
            agreement_id=uuid4(),
            kind="outgoing",
            currency="NOK",
            source_file_id=None,
            auto_post=False,
            lines_query=values_query(payment_lines())[0] + " LIMIT 0",
            lines_params=values_query(payment_lines())[1],
        )


def test_another_companys_agreement_is_refused_by_the_database(company: Company) -> None:
    other = make_agreement(make_company())

    with pytest.raises(IntegrityError, match="ledger_batch_agreement_of_company"):
        make_batch(company, agreement=other)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE erp_gateway_ledgerline SET debit = debit + 1",
        "DELETE FROM erp_gateway_ledgerline",
        "UPDATE erp_gateway_voucher SET number = 9",
        "DELETE FROM erp_gateway_voucher",
        "DELETE FROM erp_gateway_ledgerbatch",
        "UPDATE erp_gateway_ledgerbatch SET number = 9",
        "UPDATE erp_gateway_ledgerbatch SET total = 9",
    ],
)
def test_what_is_to_be_posted_never_changes(company: Company, statement: str) -> None:
    make_batch(company)

    with pytest.raises(DatabaseError, match="is refused"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_line_never_comes_after_its_vouchers_transaction(company: Company) -> None:
    batch = make_batch(company)
    late = LedgerLine(
        company_id=company.pk,
        batch=batch,
        voucher=batch.vouchers.get(),
        number=99,
        account="1920",
        debit=5,
        credit=0,
        text="late",
        date="2026-11-25",
        currency="NOK",
    )

    with pytest.raises(DatabaseError, match="only in the transaction that writes it"):
        late.save(force_insert=True)


def test_a_line_of_another_company_is_refused(company: Company) -> None:
    batch = make_batch(company)
    stray = LedgerLine(
        company_id=make_company().pk,
        batch=batch,
        voucher=batch.vouchers.get(),
        number=99,
        account="1920",
        debit=0,
        credit=0,
        text="stray",
        date="2026-11-25",
        currency="NOK",
    )

    with pytest.raises(DatabaseError):
        stray.save(force_insert=True)


def test_two_batches_in_one_transaction_are_numbered_in_order(company: Company) -> None:
    with transaction.atomic():
        numbers = [make_batch(company).number, make_batch(company, receipt_lines(), kind="incoming").number]

    assert numbers == [1, 2]


def test_the_posting_employee_stands_on_the_batch(company: Company) -> None:
    user = make_user(company=company, roles=(Role.FILE_TRANSFER,), name="Åse Regnskap")
    employee = link_employee(user=user, company=company, actor=SETUP)
    set_posting_employee(company=company, employee=employee, actor=SETUP)

    batch = make_batch(company)

    assert (batch.posting_employee_name, batch.posting_employee_chosen_by) == ("Åse Regnskap", "setting")


def test_a_correction_is_a_new_batch_and_the_old_is_superseded(company: Company) -> None:
    old = make_batch(company)
    query, params = values_query([line("1", "1950", -700), line("1", "2400", 700, supplier="7")])

    new = supersede_ledger_batch(
        company_id=company.pk,
        batch_id=old.pk,
        actor=SETUP,
        reason="wrong bank account",
        lines_query=query,
        lines_params=params,
    )

    old.refresh_from_db()
    assert (old.status, new.status, new.supersedes_id, new.number) == ("superseded", "ready", old.pk, 2)
    with pytest.raises(LedgerRefusedError, match="batch_superseded"):
        supersede_ledger_batch(
            company_id=company.pk,
            batch_id=old.pk,
            actor=SETUP,
            reason="again",
            lines_query=query,
            lines_params=params,
        )


def test_amounts_in_another_currency_keep_currency_amount_and_rate(company: Company) -> None:
    foreign = {"currency": "EUR", "currency_amount": 100_000, "rate": Decimal("11.52")}
    make_batch(
        company, [line("1", "1920", -1_152_000, **foreign), line("1", "2400", 1_152_000, supplier="3", **foreign)]
    )
    erp = make_erp(company=company)

    batch = erp.get("ledger-batches").json()["results"][0]
    lines = erp.get(f"ledger-batches/{batch['id']}/lines").json()["results"]

    assert [(each["currency"], each["currency_amount"], each["rate"]) for each in lines] == [
        ("EUR", "1000.00", "11.52")
    ] * 2

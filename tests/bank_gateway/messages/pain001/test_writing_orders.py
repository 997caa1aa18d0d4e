"""What is written is valid, the same each time, and reads back as it was."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bank_gateway.messages.pain001 import (
    OrderDocument,
    OrderGroup,
    OrderHeader,
    OrderPayment,
    OrganisationId,
    find_schema_errors,
    write_order,
)
from bank_gateway.messages.pain001.versions import VERSIONS
from bank_gateway.norway.kid import mod10_check_digit
from bank_gateway.profiles import bank_ids, get_profile
from tests.bank_gateway.messages.pain001.dom import Row, streamed

HEADER = OrderHeader(
    message_id="AP0000000001",
    created_at=datetime(2026, 11, 24, 8, 15, 1, 5, tzinfo=UTC),
    payment_count=0,
    control_sum="0",
    initiating_party="Fjordvarme & Sønn AS",
    organisation_ids=(OrganisationId("CUST", "974760673"), OrganisationId("BANK", "0001")),
)
GROUP = OrderGroup(
    payment_information_id="AP0000000001-1",
    execution_date=date(2026, 11, 25),
    debtor_name="Fjordvarme & Sønn AS",
    debtor_account="12345678903",
    debtor_bic="DNBANOKK",
    debtor_ids=(OrganisationId("CUST", "974760673"),),
    payments=(),
    payment_count=0,
    control_sum="0",
    batch_booking=True,
    category_purpose="SUPP",
    charge_bearer="SLEV",
)
PAYMENT = OrderPayment(
    end_to_end_id="INV-77",
    instruction_id="1",
    amount="1250.00",
    currency="NOK",
    creditor_name="Strøm & Nett AS",
    creditor_account="86011117947",
    creditor_country="NO",
    kid="0010017",
)


def changed(field: str, text: str) -> OrderPayment:
    fields: dict[str, Any] = {field: text}
    return PAYMENT._replace(**fields)


def total(payments: list[OrderPayment]) -> str:
    return str(sum((Decimal(payment.amount) for payment in payments), Decimal(0)))


def written(version: str, *groups: list[OrderPayment], comment: str | None = None, **changes: Any) -> bytes:
    whole = [payment for payments in groups for payment in payments]
    target = io.BytesIO()
    write_order(
        target,
        version=version,
        header=replace(HEADER, payment_count=len(whole), control_sum=total(whole)),
        groups=[
            replace(
                GROUP,
                payment_information_id=f"AP0000000001-{number}",
                payments=iter(payments),
                payment_count=len(payments),
                control_sum=total(payments),
                **changes,
            )
            for number, payments in enumerate(groups, start=1)
        ],
        comment=comment,
    )
    return target.getvalue()


def as_row(payment: OrderPayment) -> Row:
    row: Row = {name: value for name, value in payment._asdict().items() if name != "documents"}
    if payment.creditor_account_scheme not in ("IBAN", "BBAN"):
        row["creditor_account_scheme"] = "none"
    return row


def as_document(position: int, number: int, document: OrderDocument, currency: str) -> Row:
    return {
        "position": str(position),
        "number": str(number),
        "type": document.type,
        "document_number": document.number,
        "amount": document.amount,
        "currency": None if document.amount is None else document.currency or currency,
        "kid": document.kid,
        "date": document.date,
    }


def assert_reads_back(source: bytes, payments: list[OrderPayment]) -> None:
    reader, rows, documents = streamed(source)
    assert reader.unsupported == reader.warnings == ()
    for row, payment in zip(rows, payments, strict=True):
        expected = as_row(payment)
        assert {name: row[name] for name in expected} == expected
    assert [{name: row[name] for name in row if name != "line"} for row in documents] == [
        as_document(position, number, document, payment.currency)
        for position, payment in enumerate(payments, start=1)
        for number, document in enumerate(payment.documents, start=1)
    ]


characters = st.characters(min_codepoint=1, max_codepoint=0x2FFFF, exclude_categories=["Cs", "Cc"]).filter(
    lambda one: one not in "\ufffe\uffff"
)


def texts(longest: int) -> st.SearchStrategy[str]:
    awkward = st.sampled_from(["&", "<b>", "]]>", '"', "'", "&amp;", "\t", "\r\n", "\n", " ", "%s", "\\N"])
    return st.one_of(awkward, st.text(characters, min_size=1, max_size=longest))


def optional(longest: int) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), texts(longest))


amounts = st.integers(1, 10**9).map(lambda ore: f"{ore // 100}.{ore % 100:02}")
kids = st.text("0123456789", min_size=1, max_size=24).map(lambda body: body + mod10_check_digit(body))
messages = st.lists(st.one_of(texts(100), st.just("")), min_size=1, max_size=4).map("\n".join).filter(bool)


def invoices(**fields: st.SearchStrategy[str]) -> st.SearchStrategy[OrderDocument]:
    return st.fixed_dictionaries(fields).map(lambda found: OrderDocument(type="invoice", **found))


documents = st.one_of(
    invoices(amount=amounts, number=texts(35), date=st.just("2026-11-01")),
    invoices(amount=amounts, kid=kids),
    st.builds(lambda amount, number: OrderDocument("credit_note", amount, number), amounts, texts(35)),
)
payments = st.builds(
    OrderPayment,
    end_to_end_id=texts(35),
    amount=amounts,
    currency=st.sampled_from(["NOK", "EUR"]),
    creditor_name=texts(140),
    creditor_account=st.sampled_from(["86011117947", "12345678903"]),
    creditor_account_scheme=st.sampled_from(["BBAN", "none"]),
    instruction_id=optional(35),
    creditor_country=st.sampled_from([None, "NO", "SE"]),
    street=optional(70),
    building_number=optional(16),
    postcode=optional(16),
    town=optional(35),
    address_lines=optional(70),
    creditor_bic=st.sampled_from([None, "COBADEFF"]),
    charge_bearer=st.sampled_from([None, "SHAR", "DEBT"]),
    regulatory_code=st.sampled_from([None, "14"]),
    regulatory_text=optional(35),
    kid=st.one_of(st.none(), kids),
    message=st.one_of(st.none(), messages),
    documents=st.just(()),
)


def with_documents(payment: OrderPayment, parts: list[OrderDocument]) -> OrderPayment:
    # A single reference over the whole amount would be the payment's own.
    whole = len(parts) == 1 and parts[0].kid is not None and Decimal(parts[0].amount or 0) == Decimal(payment.amount)
    return payment if whole else payment._replace(kid=None, documents=tuple(parts))


whole_payments = st.one_of(payments, st.builds(with_documents, payments, st.lists(documents, min_size=1, max_size=3)))


@pytest.mark.parametrize("version", sorted(VERSIONS))
@settings(max_examples=60, deadline=None)
@given(groups=st.lists(st.lists(whole_payments, min_size=1, max_size=3), min_size=1, max_size=2))
def test_any_order_is_valid_and_reads_back_as_it_was(version: str, groups: list[list[OrderPayment]]) -> None:
    source = written(version, *groups)
    assert find_schema_errors(io.BytesIO(source)).errors == ()
    assert_reads_back(source, [payment for group in groups for payment in group])
    assert written(version, *groups) == source


@pytest.mark.parametrize("bank", bank_ids())
def test_every_character_the_bank_allows_comes_back(bank: str) -> None:
    profile = get_profile(bank)
    allowed = sorted(profile.allowed_characters)
    lines = ["".join(allowed[start : start + 30]) for start in range(0, len(allowed), 30)]
    each = [PAYMENT._replace(creditor_name=one, end_to_end_id=f"E{ord(one)}", kid=None, message=one) for one in allowed]
    each += [PAYMENT._replace(creditor_name=line, kid=None, message=line) for line in lines]
    assert_reads_back(written(profile.pain001_version, each), each)


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_header_and_group_come_back(version: str) -> None:
    source = written(version, [PAYMENT, PAYMENT._replace(amount="0.10")], [PAYMENT])
    reader, _, _ = streamed(source)
    header = reader.header
    assert (header.message_id, header.created) == ("AP0000000001", "2026-11-24T08:15:01")
    assert (header.number_of_transactions, Decimal(header.control_sum or 0)) == (3, Decimal("2500.10"))
    assert header.initiating_party == "Fjordvarme & Sønn AS"
    first = reader.groups[0]
    assert (first.payment_information_id, first.number_of_transactions) == ("AP0000000001-1", 2)
    assert (first.control_sum, first.batch_booking, first.charge_bearer) == ("1250.10", True, "SLEV")
    assert (first.category_purpose, first.service_level, first.instruction_priority) == ("SUPP", "NURG", "NORM")
    assert (first.requested_date, first.debtor_name) == ("2026-11-25", "Fjordvarme & Sønn AS")
    assert (first.debtor_account, first.debtor_account_scheme) == ("12345678903", "BBAN")
    assert first.debtor_account_currency == "NOK"


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_customer_and_division_stand_in_the_header(version: str) -> None:
    root = etree.fromstring(written(version, [PAYMENT]))
    names = {"p": VERSIONS[version].namespace}
    found = root.xpath("//p:InitgPty/p:Id/p:OrgId/p:Othr", namespaces=names)
    assert isinstance(found, list)
    assert [tuple(etree.ElementBase.itertext(one)) for one in found if isinstance(one, etree._Element)] == [
        ("974760673", "CUST"),
        ("0001", "BANK"),
    ]


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_what_a_bank_does_not_want_is_left_out(version: str) -> None:
    bare: dict[str, Any] = {
        "send_count": False,
        "send_sum": False,
        "charge_bearer": None,
        "batch_booking": None,
        "category_purpose": None,
        "service_level": None,
        "instruction_priority": None,
        "debtor_country": None,
        "debtor_account_currency": None,
        "debtor_ids": (),
    }
    source = written(version, [PAYMENT._replace(creditor_country=None, instruction_id=None)], **bare)
    group = source.partition(b"<PmtInf>")[2]
    for name in (
        b"NbOfTxs",
        b"CtrlSum",
        b"ChrgBr",
        b"BtchBookg",
        b"PmtTpInf",
        b"PstlAdr",
        b"<Ccy>",
        b"OrgId",
        b"InstrId",
    ):
        assert name not in group
    assert find_schema_errors(io.BytesIO(source)).count == 0


def test_a_comment_stands_before_the_document() -> None:
    source = written("03", [PAYMENT], comment="simulated")
    assert source.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- simulated -->\n<Document ')
    assert b"<!--" not in written("03", [PAYMENT])
    with pytest.raises(ValueError, match="hyphens"):
        written("03", [PAYMENT], comment="a -- b")


@pytest.mark.parametrize("field", ["end_to_end_id", "creditor_name", "message", "kid", "currency", "street"])
@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_a_character_without_a_place_in_xml_stops_the_writing(field: str, character: str) -> None:
    with pytest.raises(ValueError, match="character"):
        written("09", [changed(field, f"x{character}")])


@pytest.mark.parametrize("field", ["currency", "kid", "creditor_account", "creditor_country", "charge_bearer"])
def test_no_field_can_bring_elements_with_it(field: str) -> None:
    source = written("09", [changed(field, "\"/><CdtTrfTxInf>'&")])
    root = etree.fromstring(source)
    assert len(list(root.iter(VERSIONS["09"].tag("CdtTrfTxInf")))) == 1


def test_no_amount_of_a_document_can_bring_elements_with_it() -> None:
    document = OrderDocument(type="invoice", amount="<x/>", currency='"><x/>', number="1")
    source = written("09", [PAYMENT._replace(kid=None, documents=(document,))])
    assert list(etree.fromstring(source).iter("{*}x")) == []


@pytest.mark.parametrize(
    "change", [{"payment_count": 2}, {"control_sum": "1250.01"}, {"payment_count": 0, "control_sum": "0"}]
)
def test_a_wrong_count_or_sum_stops_the_writing(change: dict[str, Any]) -> None:
    right_header = replace(HEADER, payment_count=1, control_sum="1250.00")
    right_group = replace(GROUP, payments=[PAYMENT], payment_count=1, control_sum="1250.00")
    write_order(io.BytesIO(), version="09", header=right_header, groups=[right_group])
    with pytest.raises(ValueError, match="announced"):
        write_order(io.BytesIO(), version="09", header=replace(right_header, **change), groups=[right_group])
    with pytest.raises(ValueError, match="announced"):
        write_order(io.BytesIO(), version="09", header=right_header, groups=[replace(right_group, **change)])


def test_payments_are_drawn_as_they_are_written() -> None:
    target = io.BytesIO()
    seen: list[int] = []

    def slowly() -> Iterator[OrderPayment]:
        for number in range(2000):
            seen.append(target.tell())
            yield PAYMENT._replace(end_to_end_id=f"E-{number}", amount="1.00")

    write_order(
        target,
        version="09",
        header=replace(HEADER, payment_count=2000, control_sum="2000.00"),
        groups=[replace(GROUP, payments=slowly(), payment_count=2000, control_sum="2000")],
    )
    assert seen[0] < seen[700] < seen[1300] < target.tell()

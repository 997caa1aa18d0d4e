"""However XML spells an order, the stream reader says what a whole tree says, lines included."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bank_gateway.messages.pain001.dom import Dom, streamed
from tests.bank_gateway.messages.pain001.spelling import (
    NAMESPACES,
    Plain,
    Tree,
    Wild,
    credit_note,
    creditor,
    creditor_account,
    group,
    invoice,
    kid,
    order,
    payment,
    tree,
)

# Everything XML 1.0 allows in a text, and often what CSV, COPY and XML take for their own.
characters = st.one_of(
    st.sampled_from("\t\n\r\"'\\,;&<>]- .ÆøåN"),
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFFF, exclude_categories=["Cs"], exclude_characters="￾￿"),
)
special = st.sampled_from(["\\N", "\\.", '"', '""', "&amp;", "&#13;", "<Nm>", "]]>", "\n\\.\n", "%s", "%%", "x\ty"])


def texts(longest: int) -> st.SearchStrategy[str]:
    return st.one_of(special, st.text(characters, min_size=1, max_size=longest))


amounts = st.sampled_from(["1", "100.00", "0.10", "1250.5", "+7.00", "100.0"])
accounts = st.one_of(
    st.just(creditor_account()),
    st.just(creditor_account("NO9386011117947", "IBAN")),
    st.builds(creditor_account, texts(34), st.sampled_from([None, "BBAN", "UPIC"])),
)


@st.composite
def creditors(draw: st.DrawFn) -> Tree:
    address = [tree("StrtNm", draw(texts(70))), tree("TwnNm", draw(texts(35))), tree("Ctry", "NO")]
    lines = [tree("AdrLine", line) for line in draw(st.lists(texts(70), max_size=3))]
    numbers = [
        tree("Othr", tree("Id", draw(texts(35))), tree("SchmeNm", tree("Prtry", scheme)))
        for scheme in draw(st.lists(st.sampled_from(["SUPPLIER", "OTHER"]), max_size=3))
    ]
    named = [tree("Id", tree("OrgId", *numbers))] if numbers else []
    placed = [tree("PstlAdr", *draw(st.sampled_from([address, address[2:]])), *lines)] if draw(st.booleans()) else []
    return creditor(draw(texts(140)), *placed, *named)


remitted = st.builds(lambda amount: tree("RmtdAmt", amount, Ccy="NOK"), amounts)
structured = st.one_of(
    st.builds(kid, st.text("0123456789", min_size=2, max_size=25), st.one_of(st.none(), remitted)),
    st.builds(invoice, texts(35), amounts, day=st.sampled_from([None, "2026-11-01"])),
    st.builds(credit_note, texts(35), amounts),
)


@st.composite
def payments(draw: st.DrawFn) -> Tree:
    lines = [tree("Ustrd", line) for line in draw(st.lists(texts(140), max_size=2))]
    rest = draw(st.lists(structured, max_size=3))
    about = [tree("RmtInf", *lines, *rest)] if lines or rest else []
    return payment(draw(texts(35)), draw(creditors()), draw(accounts), *about, amount=draw(amounts))


@st.composite
def orders(draw: st.DrawFn, version: str) -> Tree:
    groups = draw(st.lists(st.lists(payments(), min_size=1, max_size=4), min_size=1, max_size=3))
    return order(*(group(*each, version=version, number=number) for number, each in enumerate(groups, start=1)))


LINES_LIBXML2_COUNTS = 65_535


def assert_same(source: bytes, lines: dict[str, list[int]]) -> None:
    dom = Dom(source)
    reader, read, documents = streamed(source)
    assert len(read) == len(dom.payments())
    for row, element in zip(read, dom.payments(), strict=True):
        expected = dom.payment(element)
        assert {name: row[name] for name in expected} == expected
        assert row["group_no"] == str(dom.group_no(element))
        assert row["unsupported"] is None
    assert [row["position"] for row in read] == [str(number) for number in range(1, len(read) + 1)]
    assert [{name: row[name] for name in row if name != "line"} for row in documents] == dom.documents()
    assert [row["line"] for row in read] == [str(line) for line in lines["CdtTrfTxInf"]]
    assert [one.line for one in reader.groups] == lines["PmtInf"]


@pytest.mark.parametrize("version", sorted(NAMESPACES))
@settings(max_examples=80, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_wildly_spelt_order_reads_as_its_tree(version: str, data: st.DataObject, seed: int) -> None:
    wild = Wild(version, Random(seed))
    source = wild.write(data.draw(orders(version)))
    assert_same(source, wild.lines)


@pytest.mark.parametrize("version", sorted(NAMESPACES))
def test_more_payments_than_a_chunk_holds_read_as_their_tree(version: str) -> None:
    random = Random(7)
    many = [
        group(
            *(
                payment(
                    f"E-{number}-{n}",
                    creditor(f'Navn {n} <&> "x"'),
                    creditor_account(),
                    tree("RmtInf", random.choice([tree("Ustrd", f"tekst {n}"), kid("0010017"), invoice("8", "1")])),
                )
                for n in range(random.randint(1, 400))
            ),
            version=version,
            number=number,
        )
        for number in range(1, 6)
    ]
    for writer in (Plain(version), Wild(version, random)):
        source = writer.write(order(*many))
        assert source.count(b"\n") < LINES_LIBXML2_COUNTS
        assert_same(source, writer.lines)


def test_lines_are_right_beyond_those_libxml2_can_count() -> None:
    plain = Plain("09")
    rest = (creditor(), creditor_account(), tree("RmtInf", invoice("1", "60.00"), invoice("2", "40.00")))
    source = plain.write(order(group(*(payment(f"E-{n}", *rest) for n in range(4000)))))
    assert plain.lines["CdtTrfTxInf"][-1] > 100_000
    _, read, documents = streamed(source)
    assert [int(row["line"] or 0) for row in read] == plain.lines["CdtTrfTxInf"]
    assert [int(row["line"] or 0) for row in documents] == plain.lines["Strd"]

"""Every schema error is found with its line, its place and its payment."""

import io
from pathlib import Path

import pytest

from bank_gateway.messages.pain001 import SchemaErrors, find_schema_errors
from bank_gateway.messages.pain001.notes import MAX_LISTED
from bank_gateway.messages.pain001.stand_ins import stand_in_order
from bank_gateway.messages.pain001.versions import VERSIONS, load_schema
from tests.bank_gateway.messages.pain001.spelling import Plain, Tree, creditor, group, order, payment, plainly, tree

SAMPLES = Path(__file__).parents[3] / "samples" / "pain001"
ORDER = "/Document/CstmrCdtTrfInitn"


def errors_of(document: Tree) -> SchemaErrors:
    return find_schema_errors(io.BytesIO(plainly(document)))


def places(found: SchemaErrors) -> list[tuple[str | None, str | None]]:
    return [(error.xpath, error.end_to_end_id) for error in found.errors]


@pytest.mark.parametrize("version", VERSIONS.values(), ids=list(VERSIONS))
def test_the_stand_ins_are_valid(version: object) -> None:
    for known in VERSIONS.values():
        if known is version:
            assert load_schema(known).validate(stand_in_order(known))


@pytest.mark.parametrize("version", ["03", "09"])
def test_a_message_id_too_long_is_found_in_the_sample(version: str) -> None:
    with (SAMPLES / f"own_pain.001.001.{version}_edge_xsd_invalid_msgid_36.xml").open("rb") as source:
        (error,) = find_schema_errors(source).errors
    assert (error.code, error.line, error.xpath) == ("schema_invalid", 5, f"{ORDER}/GrpHdr/MsgId")
    assert error.params["element"] == "MsgId"
    assert "'36'" in str(error.params["detail"])
    assert "urn:" not in str(error.params["detail"])


def test_errors_of_header_group_and_payment_are_all_found_in_the_order_of_their_lines() -> None:
    document = order(
        group(payment("x" * 36), payment("E-2", creditor("y" * 141))),
        group(payment("E-3", currency="kr"), payment(""), number=2),
        header=(tree("CtrlSum", "many"),),
    )
    (document.children[0].children[1] / "PmtMtd").text = "XXX"
    found = errors_of(document)
    assert list(dict.fromkeys(places(found))) == [
        (f"{ORDER}/GrpHdr/CtrlSum", None),
        (f"{ORDER}/PmtInf[1]/PmtMtd", None),
        (f"{ORDER}/PmtInf[1]/CdtTrfTxInf[1]/PmtId/EndToEndId", "x" * 36),
        (f"{ORDER}/PmtInf[1]/CdtTrfTxInf[2]/Cdtr/Nm", "E-2"),
        (f"{ORDER}/PmtInf[2]/CdtTrfTxInf[1]/Amt/InstdAmt", "E-3"),
        (f"{ORDER}/PmtInf[2]/CdtTrfTxInf[2]/PmtId/EndToEndId", ""),
    ]
    lines = [error.line or 0 for error in found.errors]
    assert lines == sorted(lines)
    assert found.count == len(found.errors)


def test_the_places_are_those_a_whole_tree_check_gives() -> None:
    plain = Plain("09")
    source = plain.write(order(group(*(payment("E" * (30 + n % 10)) for n in range(700)))))
    found = find_schema_errors(io.BytesIO(source))
    wrong = [n for n in range(700) if 30 + n % 10 > 35]
    assert found.count == len(wrong)
    assert [error.line for error in found.errors] == [plain.lines["EndToEndId"][n] for n in wrong]
    assert [error.xpath for error in found.errors] == [
        f"{ORDER}/PmtInf[1]/CdtTrfTxInf[{n + 1}]/PmtId/EndToEndId" for n in wrong
    ]


def test_beyond_a_thousand_the_first_are_listed_and_all_are_counted() -> None:
    plain = Plain("09")
    source = plain.write(order(*(group(*(payment("E" * 36) for _ in range(900)), number=n) for n in range(5))))
    found = find_schema_errors(io.BytesIO(source))
    assert found.count == 4500
    assert [error.line for error in found.errors] == plain.lines["EndToEndId"][:MAX_LISTED]


def test_lines_beyond_those_libxml2_can_count_are_right() -> None:
    plain = Plain("09")
    trees = [payment(f"E-{n}", creditor()) for n in range(6000)]
    trees[5900].children.insert(0, tree("Amt", "1"))
    trees[5950].children[0].children[1].text = "x" * 40
    source = plain.write(order(group(*trees)))
    first, second = find_schema_errors(io.BytesIO(source)).errors
    assert plain.lines["CdtTrfTxInf"][5900] > 65_535
    assert second.line == plain.lines["EndToEndId"][5950]
    assert first.line == plain.lines["CdtTrfTxInf"][5900] + 1


def _misplaced(where: str) -> Tree:
    document = order(group(payment("E-1"), payment("E-2")), group(payment("E-3"), number=2))
    initiation = document.children[0]
    if where == "group before header":
        initiation.children.insert(0, initiation.children.pop(1))
    elif where == "no header":
        del initiation.children[0]
    elif where == "no group":
        del initiation.children[1:]
    elif where == "element between payments":
        initiation.children[1].children.insert(-1, tree("ChrgBr", "SLEV"))
    elif where == "group without payments":
        del initiation.children[2].children[-1]
    elif where == "unknown element at the end":
        document.children.append(tree("Nm", "x"))
    elif where == "payment outside a group":
        initiation.children.append(payment("E-4"))
    return document


@pytest.mark.parametrize(
    ("where", "xpath"),
    [
        ("group before header", f"{ORDER}/PmtInf[1]"),
        ("no header", f"{ORDER}/PmtInf[1]"),
        ("no group", ORDER),
        ("element between payments", f"{ORDER}/PmtInf[1]/ChrgBr"),
        ("group without payments", f"{ORDER}/PmtInf[2]"),
        ("unknown element at the end", "/Document/Nm"),
        ("payment outside a group", f"{ORDER}/CdtTrfTxInf"),
    ],
)
def test_what_stands_in_the_wrong_place_is_found(where: str, xpath: str) -> None:
    found = errors_of(_misplaced(where))
    assert xpath in [error.xpath for error in found.errors]
    assert all(error.code == "schema_invalid" and (error.line or 0) > 1 for error in found.errors)

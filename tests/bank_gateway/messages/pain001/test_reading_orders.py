"""What the elements of an order become, one by one."""

from pathlib import Path

import pytest

from bank_gateway.messages.pain001 import OrderReader
from bank_gateway.messages.pain001.plans import MAX_PLANS
from tests.bank_gateway.messages.pain001.dom import streamed
from tests.bank_gateway.messages.pain001.spelling import (
    Tree,
    account,
    credit_note,
    creditor,
    creditor_account,
    group,
    invoice,
    kid,
    order,
    payment,
    plainly,
    tree,
)

SAMPLES = Path(__file__).parents[3] / "samples" / "pain001"

VALID_SAMPLES = sorted(
    path.name
    for path in SAMPLES.iterdir()
    if not any(word in path.name for word in ("doctype", "declared_utf8_but", "xsd_invalid"))
)


def read_one(*more: Tree, amount: str = "100.00") -> dict[str, str | None]:
    _, payments, _ = streamed(plainly(order(group(payment("E-1", *more, amount=amount)))))
    return payments[0]


def remittance(*content: Tree) -> tuple[dict[str, str | None], list[dict[str, str | None]]]:
    source = plainly(order(group(payment("E-1", creditor(), creditor_account(), tree("RmtInf", *content)))))
    _, payments, documents = streamed(source)
    return payments[0], documents


def amount(value: str, name: str = "RmtdAmt", currency: str = "NOK") -> Tree:
    return tree(name, value, Ccy=currency)


def test_the_supplier_sample_reads_the_same_in_both_versions() -> None:
    both = [
        streamed((SAMPLES / f"own_pain.001.001.{version}_supplier_kid_text_creditnote.xml").read_bytes())
        for version in ("03", "09")
    ]
    for _, payments, documents in both:
        for row in (*payments, *documents):
            assert int(row.pop("line") or 0) > 0
    (old, old_payments, old_documents), (new, new_payments, new_documents) = both
    assert (old_payments, old_documents) == (new_payments, new_documents)
    assert (old.version.number, new.version.number) == ("03", "09")
    assert [one.requested_date for one in old.groups] == [one.requested_date for one in new.groups]


def test_the_supplier_sample_holds_a_kid_a_text_and_documents() -> None:
    reader, payments, documents = streamed(
        (SAMPLES / "own_pain.001.001.09_supplier_kid_text_creditnote.xml").read_bytes()
    )
    assert [row["kid"] for row in payments] == ["0010017", None, None, "123456782"]
    assert payments[1]["message"] == "Faktura 7781 – takk for jobben, Ærlig talt"
    assert [(row["type"], row["document_number"], row["amount"], row["date"]) for row in documents] == [
        ("invoice", "F-5001", "12000.00", "2026-11-01"),
        ("credit_note", "K-5003", "3000.00", "2026-11-02"),
    ]
    assert reader.header.message_id == "FJV-20261120-0001"
    assert (reader.header.number_of_transactions, reader.header.control_sum) == (4, "10749.60")
    first, second = reader.groups
    assert (first.requested_date, first.batch_booking, first.first_position) == ("2026-11-23", True, 1)
    assert (second.requested_date, second.batch_booking, second.first_position) == ("2026-11-30", False, 4)
    assert (first.category_purpose, first.service_level, first.charge_bearer) == ("SUPP", "NURG", "SLEV")
    assert (first.debtor_account, first.debtor_account_scheme) == ("12345678903", "BBAN")
    assert (first.number_of_transactions, first.control_sum, first.method) == (3, "10749.50", "TRF")


@pytest.mark.parametrize("name", VALID_SAMPLES)
def test_every_valid_sample_is_read_without_anything_unsupported(name: str) -> None:
    reader, payments, _ = streamed((SAMPLES / name).read_bytes())
    assert payments
    assert reader.unsupported == ()
    assert {warning.params["element"] for warning in reader.warnings} <= {
        "PmtInf/CdtTrfTxInf/RgltryRptg/DbtCdtRptgInd",
        "PmtInf/CdtTrfTxInf/RgltryRptg/Authrty",
    }


def test_letters_of_a_latin1_file_are_right() -> None:
    _, payments, _ = streamed((SAMPLES / "own_pain.001.001.03_edge_iso8859_1.xml").read_bytes())
    assert [row["creditor_name"] for row in payments] == ["Kari Årsen", "Jürgen Müller"]
    assert {row["message"] for row in payments} == {"Lønn november 2026"}


def test_a_byte_order_mark_says_utf8_whatever_the_declaration_says() -> None:
    source = plainly(order(group(payment("Ærlig ø"))))
    for declared in (b"UTF-8", b"ISO-8859-1"):
        _, payments, _ = streamed(b"\xef\xbb\xbf" + source.replace(b"UTF-8", declared))
        assert payments[0]["end_to_end_id"] == "Ærlig ø"


def test_an_urgent_and_a_salary_file_say_so_on_the_group() -> None:
    urgent, _, _ = streamed((SAMPLES / "own_pain.001.001.03_urgent.xml").read_bytes())
    salary, _, _ = streamed((SAMPLES / "own_pain.001.001.09_salary_sala.xml").read_bytes())
    assert urgent.groups[0].service_level == "URGP"
    assert salary.groups[0].category_purpose == "SALA"


def test_a_foreign_payment_carries_bank_charges_and_regulatory_report() -> None:
    _, payments, _ = streamed((SAMPLES / "own_pain.001.001.09_cross_border_regulatory.xml").read_bytes())
    first, second = payments
    assert (first["currency"], first["creditor_account_scheme"], first["creditor_bic"]) == ("EUR", "IBAN", "COBADEFF")
    assert (first["charge_bearer"], first["regulatory_code"], first["regulatory_text"]) == (
        "SHAR",
        "14",
        "Kjop av varer",
    )
    assert (second["creditor_account"], second["creditor_account_scheme"]) == ("001234567890", "none")


def test_a_structured_address_and_the_supplier_number_are_carried() -> None:
    address = tree(
        "PstlAdr",
        tree("StrtNm", "Storgata"),
        tree("BldgNb", "1 B"),
        tree("PstCd", "0155"),
        tree("TwnNm", "Oslo"),
        tree("Ctry", "NO"),
        tree("AdrLine", "c/o Ås"),
        tree("AdrLine", "2. etg."),
    )
    number = tree("Othr", tree("Id", "5001"), tree("SchmeNm", tree("Prtry", "SUPPLIER")))
    row = read_one(creditor("Øre AS", address, tree("Id", tree("OrgId", number))), creditor_account())
    assert (row["street"], row["building_number"], row["postcode"], row["town"]) == ("Storgata", "1 B", "0155", "Oslo")
    assert (row["address_lines"], row["creditor_country"]) == ("c/o Ås\n2. etg.", "NO")
    assert row["supplier_number"] == "5001"
    assert row["informed"] is None


def test_only_the_scheme_supplier_makes_a_supplier_number_even_among_payments_of_one_shape() -> None:
    def numbered(scheme: str) -> Tree:
        other = tree("Othr", tree("Id", "5001"), tree("SchmeNm", tree("Prtry", scheme)))
        return payment("E", creditor("X", tree("Id", tree("OrgId", other))), creditor_account())

    schemes = ["SUPPLIER", "OTHER", "SUPPLIER", "supplier"]
    _, rows, _ = streamed(plainly(order(group(*map(numbered, schemes)))))
    assert [row["supplier_number"] for row in rows] == ["5001", None, "5001", None]
    assert [row["informed"] for row in rows] == [None, "Cdtr/Id/OrgId/Othr", None, "Cdtr/Id/OrgId/Othr"]


@pytest.mark.parametrize(
    ("scheme", "expected"), [("BBAN", "BBAN"), (None, "none"), ("UPIC", "other"), ("IBAN", "IBAN")]
)
def test_the_creditors_account_names_its_scheme(scheme: str | None, expected: str) -> None:
    row = read_one(creditor(), creditor_account("NO9386011117947", scheme))
    assert (row["creditor_account"], row["creditor_account_scheme"]) == ("NO9386011117947", expected)


def test_several_lines_of_text_are_joined_by_newlines() -> None:
    row, _ = remittance(tree("Ustrd", "første"), tree("Ustrd", "andre\ntredje"))
    assert (row["message"], row["unstructured_count"], row["structured_count"]) == ("første\nandre\ntredje", "2", "0")


@pytest.mark.parametrize("remitted", [None, "100.00", "100.0", "100", " 100.00 "])
def test_a_single_reference_over_the_whole_amount_is_the_payments_kid(remitted: str | None) -> None:
    row, documents = remittance(kid("0010017", None if remitted is None else amount(remitted)))
    assert row["kid"] == "0010017"
    assert documents == []


@pytest.mark.parametrize("other", [amount("99.99"), amount("100.00", currency="SEK"), amount("100.00", "CdtNoteAmt")])
def test_a_reference_over_another_amount_is_a_document(other: Tree) -> None:
    row, documents = remittance(kid("0010017", other))
    assert row["kid"] is None
    assert [(one["kid"], one["amount"], one["currency"]) for one in documents] == [
        ("0010017", other.text, other.attributes["Ccy"])
    ]


def test_payments_of_one_shape_differ_by_whether_their_amounts_agree() -> None:
    about = [tree("RmtInf", kid("0010017", amount(value))) for value in ("100.00", "50.00", "100.0", "x")]
    trees = [payment(f"E-{n}", creditor(), creditor_account(), one) for n, one in enumerate(about[:3])]
    _, rows, documents = streamed(plainly(order(group(*trees))))
    assert [row["kid"] for row in rows] == ["0010017", None, "0010017"]
    assert [(one["position"], one["amount"]) for one in documents] == [("2", "50.00")]


def test_several_references_are_documents() -> None:
    row, documents = remittance(kid("0010017", amount("60.00")), kid("123456782", amount("40.00")))
    assert row["kid"] is None
    assert [(one["number"], one["type"], one["kid"], one["amount"]) for one in documents] == [
        ("1", "invoice", "0010017", "60.00"),
        ("2", "invoice", "123456782", "40.00"),
    ]


def test_text_beside_a_reference_is_carried_so_that_the_rules_can_refuse_it() -> None:
    row, _ = remittance(tree("Ustrd", "hei"), kid("0010017"))
    assert (row["kid"], row["message"]) == ("0010017", "hei")


def test_invoices_and_credit_notes_are_documents_with_their_lines() -> None:
    _, documents = remittance(invoice("F-1", "120.00", day="2026-11-01"), credit_note("K-1", "20.00"))
    assert [(one["type"], one["document_number"], one["amount"], one["date"]) for one in documents] == [
        ("invoice", "F-1", "120.00", "2026-11-01"),
        ("credit_note", "K-1", "20.00", None),
    ]
    first, second = (int(one["line"] or 0) for one in documents)
    assert 0 < first < second


@pytest.mark.parametrize("code", ["RADM", "RPIN", "FXDR", "DISP", "PUOR"])
def test_a_reference_of_another_type_is_not_taken_for_a_kid(code: str) -> None:
    row, documents = remittance(kid("0010017", code=code))
    assert row["kid"] is None
    assert row["unsupported"] == "RmtInf/Strd/CdtrRefInf"
    assert documents == []


def test_a_credited_invoice_contradicts_itself() -> None:
    contradiction = invoice("F-1", "100.00")
    contradiction.children[1].children[0].name = "CdtNoteAmt"
    row, _ = remittance(contradiction)
    assert row["unsupported"] == "RmtInf/Strd/RfrdDocAmt/CdtNoteAmt"


def test_two_amounts_in_one_document_are_not_supported() -> None:
    both = tree("Strd", tree("RfrdDocAmt", amount("20.00", "CdtNoteAmt"), amount("120.00")))
    row, _ = remittance(both)
    assert row["unsupported"] == "RmtInf/Strd/RfrdDocAmt/RmtdAmt"


BEARING = [
    (tree("XchgRateInf", tree("XchgRate", "9.5")), "XchgRateInf"),
    (tree("ChqInstr", tree("ChqNb", "1")), "ChqInstr"),
    (tree("IntrmyAgt1", tree("FinInstnId")), "IntrmyAgt1"),
    (tree("CdtrAgt", tree("FinInstnId", tree("ClrSysMmbId", tree("MmbId", "1")))), "CdtrAgt/FinInstnId/ClrSysMmbId"),
    (tree("CdtrAgtAcct", account("1")), "CdtrAgtAcct"),
    (tree("UltmtCdtr", tree("Nm", "X")), "UltmtCdtr"),
    (tree("InstrForCdtrAgt", tree("InstrInf", "call")), "InstrForCdtrAgt"),
    (tree("InstrForDbtrAgt", "call"), "InstrForDbtrAgt"),
    (tree("SplmtryData", tree("Envlp", tree("x", "1"))), "SplmtryData"),
]
INFORMING = [
    (tree("UltmtDbtr", tree("Nm", "X")), "UltmtDbtr"),
    (tree("Purp", tree("Cd", "GDDS")), "Purp"),
    (tree("Tax", tree("RefNb", "1")), "Tax"),
    (tree("RltdRmtInf", tree("RmtId", "1")), "RltdRmtInf"),
]


@pytest.mark.parametrize(("element", "path"), BEARING, ids=[path for _, path in BEARING])
def test_an_element_that_bears_on_the_payment_is_unsupported_with_its_place(element: Tree, path: str) -> None:
    source = plainly(order(group(payment("E-0")), group(payment("E-1"), payment("E-2", element), number=2)))
    reader, rows, _ = streamed(source)
    assert [row["unsupported"] for row in rows] == [None, None, path]
    (error,) = reader.unsupported
    assert error.code == "element_not_supported"
    assert error.xpath == f"/Document/CstmrCdtTrfInitn/PmtInf[2]/CdtTrfTxInf[2]/{path}"
    assert (error.end_to_end_id, str(error.line)) == ("E-2", rows[2]["line"])
    assert reader.warnings == ()


def test_an_equivalent_amount_is_unsupported_and_leaves_the_amount_empty() -> None:
    equivalent = payment()
    equivalent.children[1] = tree("Amt", tree("EqvtAmt", tree("Amt", "100", Ccy="EUR"), tree("CcyOfTrf", "NOK")))
    _, rows, _ = streamed(plainly(order(group(equivalent))))
    assert (rows[0]["unsupported"], rows[0]["amount"]) == ("Amt/EqvtAmt", None)


@pytest.mark.parametrize(("element", "path"), INFORMING, ids=[path for _, path in INFORMING])
def test_an_element_that_only_informs_is_named_once_with_its_number(element: Tree, path: str) -> None:
    trees = [payment("E-1", element), payment("E-2"), payment("E-3", element)]
    reader, rows, _ = streamed(plainly(order(group(*trees))))
    assert [row["informed"] for row in rows] == [path, None, path]
    assert reader.unsupported == ()
    (warning,) = reader.warnings
    assert warning.code == "element_not_carried"
    assert warning.params == {"element": f"PmtInf/CdtTrfTxInf/{path}", "count": 2}
    assert str(warning.line) == rows[0]["line"]


GROUP_BEARING = ["ChrgsAcct", "ChrgsAcctAgt", "DbtrAgtAcct", "InstrForDbtrAgt"]


@pytest.mark.parametrize("name", GROUP_BEARING)
def test_an_element_of_the_group_that_bears_on_its_payments_is_unsupported(name: str) -> None:
    contents: dict[str, Tree | str] = {"ChrgsAcctAgt": tree("FinInstnId"), "InstrForDbtrAgt": "call"}
    extra = tree(name, contents.get(name, account("1")))
    reader, _, _ = streamed(plainly(order(group(payment(), extra=(extra,)))))
    assert [(error.xpath, error.line) for error in reader.unsupported] == [
        (f"/Document/CstmrCdtTrfInitn/PmtInf[1]/{name}", reader.groups[0].line)
    ]
    assert reader.groups[0].unsupported == (name,)


def test_another_payment_method_is_unsupported() -> None:
    one = group(payment())
    one.children[1].text = "TRA"
    reader, _, _ = streamed(plainly(order(one)))
    assert [error.xpath for error in reader.unsupported] == ["/Document/CstmrCdtTrfInitn/PmtInf[1]/PmtMtd"]


def test_supplementary_data_of_the_order_is_unsupported() -> None:
    document = order(group(payment()))
    document.children[0].children.append(tree("SplmtryData", tree("Envlp", tree("x", "1"))))
    reader, _, _ = streamed(plainly(document))
    assert [error.xpath for error in reader.unsupported] == ["/Document/CstmrCdtTrfInitn/SplmtryData"]


def test_a_header_that_names_a_forwarding_bank_is_carried_on_with_a_warning() -> None:
    document = order(group(payment()))
    (document / "CstmrCdtTrfInitn" / "GrpHdr").children.append(tree("FwdgAgt", tree("FinInstnId")))
    reader, _, _ = streamed(plainly(document))
    assert [warning.params["element"] for warning in reader.warnings] == ["GrpHdr/FwdgAgt"]


def test_what_looks_like_payments_inside_supplementary_data_is_none() -> None:
    inside = tree("SplmtryData", tree("Envlp", tree("PmtInf", payment("no"), tree("GrpHdr", tree("MsgId", "no")))))
    reader, rows, _ = streamed(plainly(order(group(payment("E-1", inside), payment("E-2")))))
    assert [row["end_to_end_id"] for row in rows] == ["E-1", "E-2"]
    assert (len(reader.groups), reader.header.message_id) == (1, "M-1")


def test_attributes_on_payments_do_not_shift_what_belongs_to_whom() -> None:
    odd = payment("E-1", creditor("En"))
    odd.attributes["xmlns:xsi"] = "http://www.w3.org/2001/XMLSchema-instance"
    odd.attributes["xsi:schemaLocation"] = "a b>c"
    nested = payment("E-2", creditor("To"), tree("SplmtryData", tree("Envlp", payment("no"))))
    _, rows, _ = streamed(plainly(order(group(odd, nested, payment("E-3", creditor("Tre"))))))
    assert [(row["end_to_end_id"], row["creditor_name"]) for row in rows] == [
        ("E-1", "En"),
        ("E-2", "To"),
        ("E-3", "Tre"),
    ]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (tree("Dt", "2026-11-25"), "2026-11-25"),
        (tree("Dt", "2026-11-25Z"), "2026-11-25"),
        (tree("Dt", "2026-11-25+01:00"), "2026-11-25"),
        (tree("Dt", "12026-11-25"), "12026-11-25"),
        (tree("DtTm", "2026-11-25T09:00:00"), "2026-11-25"),
        (tree("DtTm", "2026-11-25T23:30:00Z"), "2026-11-26"),
        (tree("DtTm", "2026-11-25T23:30:00.5+01:00"), "2026-11-25"),
        (tree("DtTm", "2026-11-25T00:30:00+02:00"), "2026-11-24"),
    ],
)
def test_the_requested_date_is_a_day_in_norway(written: Tree, day: str) -> None:
    one = group(payment())
    one.children[2] = tree("ReqdExctnDt", written)
    reader, _, _ = streamed(plainly(order(one)))
    assert reader.groups[0].requested_date == day
    expected = ("ReqdExctnDt/DtTm",) if written.name == "DtTm" else ()
    assert reader.groups[0].informed == expected


def test_the_debtors_iban_and_currency_are_read() -> None:
    one = group(payment())
    one.children[4] = tree("DbtrAcct", account("NO9386011117947", "IBAN"), tree("Ccy", "NOK"))
    reader, _, _ = streamed(plainly(order(one)))
    found = reader.groups[0]
    assert (found.debtor_account, found.debtor_account_scheme) == ("NO9386011117947", "IBAN")
    assert (found.debtor_account_currency, found.debtor_name) == ("NOK", "Fjord AS")


def test_several_service_levels_are_all_carried() -> None:
    levels = [tree("SvcLvl", tree("Cd", code)) for code in ("NURG", "URGP")]
    two = payment()
    two.children.insert(1, tree("PmtTpInf", tree("InstrPrty", "HIGH"), *levels, tree("CtgyPurp", tree("Cd", "SALA"))))
    _, rows, _ = streamed(plainly(order(group(two))))
    assert (rows[0]["service_level"], rows[0]["instruction_priority"]) == ("NURG URGP", "HIGH")
    assert rows[0]["category_purpose"] == "SALA"


def test_more_shapes_than_are_kept_are_read_as_well_as_few() -> None:
    codes = [f"{a}{b}{c}" for a in "ABC" for b in "ABCDEFGHIJKLMNOPQRST" for c in "ABCDEFGHIJKLMNOPQRST"]
    assert len(codes) > MAX_PLANS
    trees = [payment(f"E-{code}", currency=code) for code in codes]
    _, rows, _ = streamed(plainly(order(group(*trees, *trees[:10]))))
    assert [row["currency"] for row in rows] == [*codes, *codes[:10]]


def test_the_header_is_unknown_before_reading_begins() -> None:
    with (SAMPLES / "own_pain.001.001.03_urgent.xml").open("rb") as source:
        reader = OrderReader(source)
        with pytest.raises(RuntimeError):
            _ = reader.header

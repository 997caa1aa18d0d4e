"""Real-shaped orders get the answer they should, and a refused one leaves its refusal and nothing else."""

import pytest

from remittance.models import Payment, Refusal, Remittance

from .builders import Sender, codes, sample

ACCEPTED = {
    "own_pain.001.001.03_supplier_kid_text_creditnote.xml": (4, "10749.60"),
    "own_pain.001.001.09_supplier_kid_text_creditnote.xml": (4, "10749.60"),
    "own_pain.001.001.03_salary_sala.xml": None,
    "own_pain.001.001.09_salary_sala.xml": None,
    "own_pain.001.001.03_urgent.xml": None,
    "own_pain.001.001.09_urgent.xml": None,
    "own_pain.001.001.03_edge_iso8859_1.xml": None,
    "own_pain.001.001.03_edge_utf8_bom.xml": None,
}
REFUSED = {
    "own_edge_xxe_doctype.xml": {"doctype_not_allowed"},
    "own_pain.001.001.03_cross_border_regulatory.xml": {"foreign_not_supported"},
    "own_pain.001.001.09_cross_border_regulatory.xml": {"foreign_not_supported"},
    "own_pain.001.001.03_edge_ctrlsum_mismatch.xml": {"count_mismatch", "sum_mismatch"},
    "own_pain.001.001.09_edge_ctrlsum_mismatch.xml": {"count_mismatch", "sum_mismatch"},
    "own_pain.001.001.03_edge_declared_utf8_but_latin1.xml": {"not_well_formed"},
    "own_pain.001.001.03_edge_xsd_invalid_msgid_36.xml": {"schema_invalid"},
    "own_pain.001.001.09_edge_xsd_invalid_msgid_36.xml": {"schema_invalid"},
    "own_pain.001.001.03_edge_bad_kid_bad_account_dup_e2e_past_date.xml": {
        "kid_invalid",
        "account_invalid",
        "end_to_end_id_not_unique",
        "date_too_old",
    },
    "own_pain.001.001.09_edge_bad_kid_bad_account_dup_e2e_past_date.xml": {
        "kid_invalid",
        "account_invalid",
        "end_to_end_id_not_unique",
        "date_too_old",
    },
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_right_order_is_stored_whole(sender: Sender, name: str) -> None:
    answer = sender.send_xml(sample(name))

    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert body["status"] == "received"
    assert Payment.objects.filter(remittance_id=body["id"]).count() == body["payment_count"]
    assert not Refusal.objects.exists()
    if expected := ACCEPTED[name]:
        count, total = expected
        assert (body["payment_count"], body["total"]) == (count, [{"currency": "NOK", "amount": total}])


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_order_is_refused_with_every_fault_and_leaves_only_its_refusal(sender: Sender, name: str) -> None:
    answer = sender.send_xml(sample(name))

    assert answer.status_code == 422, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert set(codes(answer)) == REFUSED[name], answer.json()["errors"]
    assert not Remittance.objects.exists()
    assert not Payment.objects.exists()
    assert Refusal.objects.get().error_count == answer.json()["error_count"]


def test_faults_of_payments_name_line_xpath_and_end_to_end_id(sender: Sender) -> None:
    answer = sender.send_xml(sample("own_pain.001.001.03_edge_bad_kid_bad_account_dup_e2e_past_date.xml"))

    found = {(e["code"], e.get("line"), e.get("end_to_end_id")) for e in answer.json()["errors"]}
    assert ("kid_invalid", 78, "EDGE-01") in found
    assert ("account_invalid", 115, "EDGE-02") in found
    assert ("end_to_end_id_not_unique", 152, "EDGE-02") in found
    assert all(e["detail_nb"] and e["detail_en"] for e in answer.json()["errors"])


def test_letters_of_an_iso_8859_1_file_come_out_right(sender: Sender) -> None:
    sender.send_xml(sample("own_pain.001.001.03_edge_iso8859_1.xml"))

    names = " ".join(Payment.objects.values_list("creditor_name", flat=True))
    assert any(letter in names for letter in "æøåÆØÅ"), names


def test_a_dash_that_banks_cannot_take_becomes_a_hyphen_with_a_warning(sender: Sender) -> None:
    body = sender.send_xml(sample("own_pain.001.001.03_supplier_kid_text_creditnote.xml")).json()

    texts = Payment.objects.get(end_to_end_id="LEV-2026-000102")
    assert texts.message == "Faktura 7781 - takk for jobben, Ærlig talt"
    warned = {warning["code"]: warning for warning in body["warnings"]}
    assert warned["text_transliterated"]["end_to_end_id"] == "LEV-2026-000102"
    assert "date_moved" in warned


def test_both_versions_of_the_schema_store_the_same_remittance(sender: Sender) -> None:
    first = sender.send_xml(sample("own_pain.001.001.03_supplier_kid_text_creditnote.xml")).json()
    renamed = sample("own_pain.001.001.09_supplier_kid_text_creditnote.xml").replace(
        b"<MsgId>FJV-20261120-0001<", b"<MsgId>FJV-20261120-0002<"
    )
    second = sender.send_xml(renamed).json()

    hashes = dict(Remittance.objects.values_list("id", "content_hash"))
    assert len(hashes) == 2, second
    assert len(set(hashes.values())) == 1
    assert first["total"] == second["total"]


def test_salary_and_urgency_are_known(sender: Sender) -> None:
    sender.send_xml(sample("own_pain.001.001.03_salary_sala.xml"))
    sender.send_xml(sample("own_pain.001.001.03_urgent.xml"))

    assert set(Payment.objects.filter(category="salary").values_list("urgent", flat=True)) == {False}
    assert Payment.objects.filter(urgent=True).exists()


def test_what_is_wrong_with_a_group_comes_with_everything_else_that_is(sender: Sender) -> None:
    content = sample("own_pain.001.001.03_salary_sala.xml")
    content = content.replace(b"<Ccy>NOK</Ccy>", b"<Ccy>SEK</Ccy>").replace(b"12345678903", b"15032080119")

    answer = sender.send_xml(content)

    assert {"foreign_not_supported", "account_unknown"} <= set(codes(answer))


def test_an_amount_in_another_currencys_worth_is_refused_as_an_element_and_not_as_a_sum(sender: Sender) -> None:
    content = sample("own_pain.001.001.03_urgent.xml")
    amount = content[content.index(b"<InstdAmt") : content.index(b"</InstdAmt>") + len(b"</InstdAmt>")]
    worth = b'<EqvtAmt><Amt Ccy="NOK">1.00</Amt><CcyOfTrf>EUR</CcyOfTrf></EqvtAmt>'

    answer = sender.send_xml(content.replace(amount, worth, 1))

    assert answer.status_code == 422
    assert "element_not_supported" in codes(answer)
    assert "sum_mismatch" not in codes(answer)

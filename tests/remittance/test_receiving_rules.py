"""The rules of receiving: once, whole, with every fault named, as JSON or XML."""

from decimal import Decimal
from typing import Any

import pytest

from companies.models import Role
from remittance.models import DuplicateSuspicion, Payment, Refusal, Remittance
from remittance.services.advance import advance_remittance

from .builders import Sender, codes, make_sender, order, payment, sample

SUPPLIER = "own_pain.001.001.03_supplier_kid_text_creditnote.xml"


def test_the_same_key_and_body_gives_the_same_answer_again(sender: Sender) -> None:
    content = order(message_id="R-1")

    first = sender.send_json(content, key="once")
    again = sender.send_json(content, key="once")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert Remittance.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(sender: Sender) -> None:
    sender.send_json(order(), key="once")

    answer = sender.send_json(order(), key="once")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")


def test_a_refusal_leaves_the_key_free(sender: Sender) -> None:
    wrong = order(payment(kid="0010018"))
    assert sender.send_json(wrong, key="once").status_code == 422

    assert sender.send_json(order(), key="once").status_code == 201


def test_the_key_must_be_there(sender: Sender) -> None:
    from tests.erp_gateway.builders import API

    headers = sender.erp.sign("POST", f"{API}/remittances", b"{}")
    answer = sender.erp.send("POST", f"{API}/remittances", b"{}", headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


def test_a_message_id_sent_before_names_the_remittance_stored_then(sender: Sender) -> None:
    stored = sender.send_json(order(message_id="R-1")).json()["id"]

    answer = sender.send_json(order(payment(amount="1.00"), message_id="R-1"))

    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_message")
    assert answer.json()["remittance"] == stored


def test_bytes_sent_before_name_the_remittance_stored_then(sender: Sender) -> None:
    stored = sender.send_xml(sample(SUPPLIER)).json()["id"]

    answer = sender.send_xml(sample(SUPPLIER))

    assert (answer.status_code, answer.json()["remittance"]) == (409, stored)


def test_json_and_xml_that_say_the_same_store_the_same(sender: Sender) -> None:
    sender.send_xml(sample(SUPPLIER))
    common = {"currency": "NOK", "execution_date": "2026-11-23", "batch_booking": True}
    same = order(
        payment(1, end_to_end_id="LEV-2026-000101", creditor=creditor("Strøm & Nett AS"), **common),
        payment(2, end_to_end_id="LEV-2026-000102", amount="499.50", kid=None,
                message="Faktura 7781 – takk for jobben, Ærlig talt", creditor=creditor("Rørlegger Øye ANS"), **common),
        payment(3, end_to_end_id="LEV-2026-000103", amount="9000.00", kid=None, creditor=creditor("Grossist Nord AS"),
                documents=[
                    {"type": "invoice", "number": "F-5001", "amount": "12000.00", "date": "2026-11-01"},
                    {"type": "credit_note", "number": "K-5003", "amount": "3000.00", "date": "2026-11-02"},
                ], **common),
        payment(4, end_to_end_id="LEV-2026-000104", amount="0.10", kid="123456782", creditor=creditor("Øre Test AS"),
                execution_date="2026-11-30", batch_booking=False),
    )  # fmt: skip

    answer = sender.send_json(same)

    assert answer.status_code == 201, answer.json()
    assert len(set(Remittance.objects.values_list("content_hash", flat=True))) == 1


def creditor(name: str) -> dict[str, Any]:
    return {"name": name, "account": "86011117947", "address": {"country": "NO"}}


def test_an_amount_as_a_number_is_refused(sender: Sender) -> None:
    answer = sender.send_json(order(payment(amount=1250.0)))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/payments/0/amount"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"amount": "0.00"}, "amount_invalid", "/payments/1/amount"),
        ({"amount": "1.005"}, "amount_invalid", "/payments/1/amount"),
        ({"amount": "-1.00"}, "member_invalid", "/payments/1/amount"),
        ({"kid": "0010018"}, "kid_invalid", "/payments/1/kid"),
        ({"message": "Hei"}, "kid_and_message", "/payments/1/kid"),
        ({"kid": None}, "reference_missing", "/payments/1/message"),
        ({"currency": "EUR"}, "foreign_not_supported", "/payments/1/currency"),
        ({"kid": None, "message": "\n".join("linje" for _ in range(11))}, "lines_too_many", "/payments/1/message"),
        ({"kid": None, "message": "tab\there"}, "characters_invalid", "/payments/1"),
        ({"kid": None, "message": "日本"}, "characters_invalid", "/payments/1"),
        ({"end_to_end_id": " x"}, "end_to_end_id_invalid", "/payments/1/end_to_end_id"),
        ({"end_to_end_id": "INV-1"}, "end_to_end_id_not_unique", "/payments/1/end_to_end_id"),
        ({"execution_date": "2026-10-01"}, "date_too_old", "/payments/1/execution_date"),
        ({"execution_date": "2027-12-01"}, "date_too_far", "/payments/1/execution_date"),
        ({"execution_date": "2026-02-30"}, "member_invalid", "/payments/1/execution_date"),
        ({"colour": "red"}, "member_unknown", "/payments/1/colour"),
        ({"creditor": {"name": "A", "account": "86011117948"}}, "account_invalid", "/payments/1/creditor/account"),
        ({"creditor": {"account": "86011117947"}}, "member_missing", "/payments/1/creditor/name"),
        ({"kid": None, "documents": [{"type": "credit_note", "number": "1", "amount": "1250.00"}]},
         "documents_sum_mismatch", "/payments/1/documents"),
        ({"kid": None, "documents": [{"type": "invoice", "amount": "1250.00"}]},
         "document_invalid", "/payments/1/documents"),
    ],
)  # fmt: skip
def test_each_fault_is_named_where_it_stands(sender: Sender, changes: dict[str, Any], code: str, pointer: str) -> None:
    answer = sender.send_json(order(payment(1, amount="7.00"), payment(2, **changes)))

    assert answer.status_code == 422, answer.json()
    assert (code, pointer) in {(e["code"], e.get("pointer")) for e in answer.json()["errors"]}
    assert not Remittance.objects.exists()


def test_all_faults_come_at_once(sender: Sender) -> None:
    answer = sender.send_json(order(payment(1, kid="0010018"), payment(1, amount="0.00"), account="15032080119"))

    assert set(codes(answer)) >= {"kid_invalid", "amount_invalid", "end_to_end_id_not_unique", "account_unknown"}
    assert answer.json()["error_count"] == len(answer.json()["errors"])


def test_an_account_of_another_company_is_unknown(sender: Sender) -> None:
    make_sender(account="86011117947")

    answer = sender.send_json(order(account="86011117947"))

    assert (answer.status_code, codes(answer)) == (422, ["account_unknown"])


def test_a_norwegian_iban_is_the_account_behind_it(sender: Sender) -> None:
    answer = sender.send_json(order(payment(creditor={"name": "A", "account": "NO9386011117947"})))

    assert answer.status_code == 201
    assert Payment.objects.get().creditor_account == "86011117947"


def test_a_dry_run_stores_nothing_at_all(sender: Sender) -> None:
    answer = sender.send_json(order(), query="?dry_run=true")

    assert answer.status_code == 200
    assert answer.json()["valid"] is True
    assert answer.json()["total"] == [{"currency": "NOK", "amount": "1250.00"}]
    assert not Remittance.objects.exists()
    assert not Refusal.objects.exists()


def test_a_dry_run_sees_the_duplicates_that_the_order_itself_holds(sender: Sender) -> None:
    answer = sender.send_json(order(payment(1), payment(2), payment(3, amount="7.00")), query="?dry_run=true")

    assert answer.json()["duplicates_suspected"] == 1


def test_a_day_off_moves_suppliers_forward_and_salary_back(sender: Sender) -> None:
    christmas_eve = {"execution_date": "2026-12-24"}
    sender.send_json(order(payment(1, **christmas_eve), payment(2, category="salary", kid=None, **christmas_eve)))

    days = dict(Payment.objects.values_list("category", "bank_date"))
    assert {kind: str(day) for kind, day in days.items()} == {"supplier": "2026-12-28", "salary": "2026-12-23"}
    assert {str(day) for day in Payment.objects.values_list("execution_date", flat=True)} == {"2026-12-24"}


def test_what_looks_like_an_earlier_payment_holds_the_remittance(sender: Sender) -> None:
    sender.send_json(order(payment(1)))

    body = sender.send_json(order(payment(77))).json()
    advance_remittance(remittance_id=body["id"])

    suspicion = DuplicateSuspicion.objects.get()
    assert suspicion.payment.end_to_end_id == "INV-77"
    assert body["duplicates_suspected"][0]["earlier_payment"] == str(suspicion.earlier_payment_id)
    assert Remittance.objects.get(pk=body["id"]).status == "awaiting_approval"


def test_bad_payments_are_refused_one_by_one_where_the_agreement_says_so(db: None) -> None:
    sender = make_sender(reject_mode="payment")

    answer = sender.send_json(order(payment(1), payment(2, kid="0010018", amount="5.00")))

    assert answer.status_code == 201, answer.json()
    assert answer.json()["counts"] == {"received": 1, "rejected_by_autopay": 1}
    refused = Payment.objects.get(end_to_end_id="INV-2")
    assert (refused.status, refused.reason_code) == ("rejected_by_autopay", "kid_invalid")


def test_a_viewer_may_not_send(db: None) -> None:
    sender = make_sender(Role.VIEWER)

    answer = sender.send_json(order())

    assert (answer.status_code, answer.json()["code"]) == (403, "user_lacks_role")


def test_an_agreement_that_is_not_active_refuses(db: None) -> None:
    from agreements.models import Agreement

    sender = make_sender()
    Agreement.objects.update(erp_active=False)

    answer = sender.send_json(order())

    assert (answer.status_code, answer.json()["code"]) == (409, "agreement_inactive")


def test_amounts_to_the_largest_come_out_to_the_oere(sender: Sender) -> None:
    sender.send_json(order(payment(1, amount="999999999999.99"), payment(2, amount="0.01")))

    assert sum(Payment.objects.values_list("amount", flat=True)) == int(Decimal("1000000000000.00") * 100)


def test_a_name_that_the_bank_will_cut_is_warned_of(sender: Sender) -> None:
    answer = sender.send_json(order(payment(creditor={"name": "N" * 71, "account": "86011117947"})))

    assert answer.status_code == 201, answer.json()
    assert [warning["code"] for warning in answer.json()["warnings"]] == ["name_will_be_cut"]
    assert Payment.objects.get().creditor_name == "N" * 71

"""`autopay send` at a real portal."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from remittance.models import Remittance
from tests.remittance.builders import payment, sample

from .builders import FAULTY_ORDER, Office, profile_of, supplier_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
DUE = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011


def json_order(message_id: str, *payments: dict[str, object]) -> bytes:
    order = {"message_id": message_id, "debtor_account": "12345678903", "payments": payments}
    return json.dumps(order).encode()


def remittance_of(out: str) -> str:
    found = re.search(r"^Remittance: (\S+)$", out, re.MULTILINE)
    assert found, out
    return found[1]


def test_an_order_is_received_and_its_id_said(office: Office) -> None:
    ran = office.autopay.run("send", str(office.order_file()))

    assert ran.code == 0, ran.err
    stored = Remittance.objects.get()
    assert remittance_of(ran.out) == str(stored.pk)
    assert "Received: 4 payments, 10\u00a0749.60\u00a0NOK" in ran.out
    assert f"autopay --profile test status {stored.pk} --follow" in ran.out
    assert "Note: LEV-2026-000102: " in ran.out


def test_the_same_file_again_stores_nothing_and_is_done(office: Office) -> None:
    path = str(office.order_file())
    first = office.autopay.run("send", path)

    again = office.autopay.run("send", path)

    assert (again.code, Remittance.objects.count()) == (0, 1)
    assert "Received already, nothing new was stored" in again.out
    assert remittance_of(again.out) == remittance_of(first.out)


def test_bytes_that_came_under_another_key_are_received_already(office: Office) -> None:
    content = supplier_order()
    stored = office.sender.send_xml(content, key="another").json()["id"]

    ran = office.autopay.run("send", str(office.order_file(content)))

    assert ran.code == 0, ran.err
    assert "Received already" in ran.out
    assert remittance_of(ran.out) == stored


def test_another_order_with_a_used_message_id_is_refused_and_names_the_earlier_one(office: Office) -> None:
    stored = office.send(json_order("R-1", payment(1, execution_date=DUE)))

    ran = office.autopay.run("send", str(office.order_file(json_order("R-1", payment(2, execution_date=DUE)))))

    assert ran.code == 1
    assert "409 duplicate_message" in ran.err
    assert f"another remittance: {stored}. This file was NOT received" in ran.err


def test_a_dry_run_stores_nothing(office: Office) -> None:
    ran = office.autopay.run("send", str(office.order_file()), "--dry-run")

    assert (ran.code, Remittance.objects.count()) == (0, 0)
    assert "The file is valid: 4 payments, 10\u00a0749.60\u00a0NOK. Nothing was stored." in ran.out
    assert "Note: LEV-2026-000102: " in ran.out


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_every_fault_is_listed_with_its_line_its_place_and_its_payment(office: Office, dry: list[str]) -> None:
    ran = office.autopay.run("send", str(office.order_file(sample(FAULTY_ORDER))), *dry)

    assert (ran.code, ran.out) == (1, "")
    assert "4 errors:" in ran.err
    assert re.search(r"^Line 78  EDGE-01  KID 0010018 .*  /Document/.*/CdtrRefInf/Ref$", ran.err, re.MULTILINE)
    assert re.search(r"^Line 152  EDGE-02  .*EDGE-02.*/EndToEndId$", ran.err, re.MULTILINE)


def test_a_fault_in_json_is_placed_by_its_pointer(office: Office) -> None:
    order = json_order("R-1", payment(1, execution_date=DUE), payment(2, execution_date=DUE, kid="0010018"))

    ran = office.autopay.run("send", str(office.order_file(order, "order.json")))

    assert ran.code == 1
    assert re.search(r"^INV-2  KID 0010018 .*  /payments/1/kid$", ran.err, re.MULTILINE), ran.err


def test_suspected_duplicates_are_named(office: Office) -> None:
    earlier = office.send(json_order("R-1", payment(1, execution_date=DUE)))

    ran = office.autopay.run("send", str(office.order_file(json_order("R-2", payment(2, execution_date=DUE)))))

    assert ran.code == 0, ran.err
    assert "May have been sent before: 1." in ran.out
    assert f"in remittance {earlier}" in ran.out
    assert "waits until someone releases it" in ran.out


def test_norwegian_is_spoken_where_nobody_asks_for_english(office: Office) -> None:
    office.autopay.extra["LANG"] = "C.UTF-8"

    ran = office.autopay.run("send", str(office.order_file()))
    refused = office.autopay.run("send", str(office.order_file(sample(FAULTY_ORDER))))

    assert "Mottatt: 4 betalinger, 10\u00a0749,60\u00a0NOK" in ran.out
    assert ran.out.endswith("--follow\n")
    assert "4 feil:" in refused.err
    assert "Linje 78" in refused.err


def test_it_says_which_file_it_cannot_send(office: Office) -> None:
    empty = office.order_file(b" ", "empty.xml")
    giro = office.order_file(b"NY000010", "giro.txt")

    missing, blank, other = (office.autopay.run("send", str(path)) for path in (empty.with_name("no"), empty, giro))

    assert [missing.code, blank.code, other.code] == [2, 2, 2]
    assert "can't be read" in missing.err
    assert "empty.xml is empty." in blank.err
    assert "neither XML nor JSON" in other.err


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda fields: {**fields, "secret": "wrong"}, "signature_invalid"),
        (lambda fields: {**fields, "user": "nobody@fjord.example"}, "user_unknown"),
        (lambda fields: {**fields, "key_id": "0198c0de-0000-7000-8000-000000000000"}, "key_unknown"),
    ],
)
def test_who_may_not_send_is_told_why(
    office: Office, change: Callable[[dict[str, str]], dict[str, str]], code: str
) -> None:
    fields = change(profile_of(office.sender, office.client.api))
    office.autopay.write_profile(**fields, name="other")

    ran = office.autopay.run("send", str(office.order_file()), profile="other")

    assert ran.code == 1
    assert f"Refused (401 {code})" in ran.err
    assert fields["secret"] not in ran.err + ran.out

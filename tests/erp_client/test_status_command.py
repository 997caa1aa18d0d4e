"""`autopay status` at a real portal, with a bank that answers while we look."""

import pytest

from companies.models import Role
from remittance.models import Remittance
from tests.erp_gateway.builders import another_user
from tests.remittance.builders import Sender

from .builders import Office, profile_of
from .terminal import run_in_terminal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
ACCEPTED = "pain002/own_pain.002.001.03_1_technical_actc.xml"
PART = "pain002/own_pain.002.001.03_2_business_part.xml"
REJECTED = "pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml"
DEBITED = "camt054/own_camt.054.001.02_debit_notification_batch.xml"


def test_a_remittance_and_each_payment_stand_on_a_line(office: Office) -> None:
    remittance = office.send()

    ran = office.autopay.run("status", remittance)

    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert f"Remittance: {remittance}" in lines
    assert "= received=4" in lines
    assert [line.split("  ")[0] for line in lines[-4:]] == [f"LEV-2026-00010{n}" for n in (1, 2, 3, 4)]
    assert lines[-4].startswith("LEV-2026-000101  received  1250.00 NOK  ")


def test_a_remittance_of_another_company_isnt_there(office: Office) -> None:
    ran = office.autopay.run("status", "0198c0de-0000-7000-8000-000000000000")

    assert (ran.code, ran.out) == (1, "")
    assert "Refused (404 not_found)" in ran.err


def test_it_is_followed_until_every_payment_is_final(office: Office) -> None:
    remittance = office.send()

    with office.autopay.start("status", remittance, "--follow") as started:
        started.wait_for(lambda lines: "= received=4" in lines)
        office.release(remittance)
        started.wait_for(lambda lines: any("LEV-2026-000104  approved" in line for line in lines))
        office.bank_says(ACCEPTED)
        started.wait_for(lambda lines: "= received_by_bank=4" in lines)
        office.bank_says(PART)
        office.bank_says(DEBITED)
        started.wait_for(lambda lines: any(line.endswith("LEV-2026-000103  paid") for line in lines))
        office.bank_says(REJECTED)
        assert started.end() == 0

    assert any("LEV-2026-000101  rejected_by_bank  NARR" in line for line in started.lines)
    assert started.lines[-2:] == ["= paid=2 rejected_by_bank=2", "Every payment is final."]
    assert Remittance.objects.get().status == "partly_rejected"


def test_what_is_final_already_is_not_waited_for(office: Office) -> None:
    remittance = office.send()
    office.release(remittance)
    office.bank_says(REJECTED)

    ran = office.autopay.run("status", "--follow", remittance, seconds=30)

    assert ran.code == 0, ran.err
    assert "= rejected_by_bank=4" in ran.out
    assert "Every payment is final." in ran.out
    assert "FF01" in ran.out


def test_a_user_who_may_not_follow_the_feed_asks_now_and_then(office: Office) -> None:
    remittance = office.send()
    uploader = Sender(another_user(office.sender.erp, Role.UPLOADER), office.sender.agreement)
    office.autopay.write_profile(**profile_of(uploader, office.client.api))

    with office.autopay.start("status", remittance, "--follow") as started:
        started.wait_for(lambda lines: "= received=4" in lines)
        office.release(remittance)
        office.bank_says(REJECTED)
        assert started.end() == 0

    assert any("asking every 5 seconds instead" in line for line in started.lines)
    assert any("LEV-2026-000101  rejected_by_bank  FF01" in line for line in started.lines)


def test_ctrl_c_ends_the_following_at_once_and_isnt_success(office: Office) -> None:
    remittance = office.send()

    with office.autopay.start("status", remittance, "--follow") as started:
        started.wait_for(lambda lines: "= received=4" in lines)
        assert started.interrupt() == 130

    assert started.lines[-1] == "Interrupted."
    assert not any("Traceback" in line for line in started.lines)


def test_a_terminal_shows_a_table_in_the_users_language(office: Office) -> None:
    remittance = office.send()
    office.release(remittance)
    office.bank_says(PART)

    code, screen = run_in_terminal(office.autopay, "--lang", "nb", "status", remittance)

    assert code == 0
    assert "Egen referanse" in screen
    assert "avvist av bank 1" in screen
    assert "i forfallsregister" in screen
    assert "1\u00a0250,00\u00a0NOK" in screen


def test_a_terminal_follows_live_and_leaves_the_outcome_behind(office: Office) -> None:
    remittance = office.send()
    office.release(remittance)
    office.bank_says(REJECTED)

    code, screen = run_in_terminal(office.autopay, "status", remittance, "--follow")

    assert code == 0
    assert "rejected by bank 4" in screen
    assert screen.rstrip().endswith("Every payment is final.")

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from bank_gateway.models import Deviation, IncomingFile, OutgoingFile, Pause, PauseScope
from bank_gateway.relay.services import pause_outgoing
from companies.actors import Actor
from companies.models import Alarm, Company, User
from companies.services import raise_alarm
from tests.companies.builders import make_operator
from tests.pages.money.builders import (
    answer,
    count_queries,
    make_company_sender,
    make_incoming,
    read,
    receive,
    salary,
    send,
    some,
)
from tests.pages.money.conftest import People, signed_in_as
from tests.pages.money.deviations import settle_on_page

RELAY = "/central/relay/"


@pytest.fixture
def operator(db: None) -> User:
    return make_operator()


@pytest.fixture
def central(operator: User) -> Client:
    return signed_in_as(operator)


def alarm(severity: str, name: str, company: Company | None = None) -> Alarm:
    return raise_alarm(
        code="bank_file_quarantined",
        severity=severity,
        company_id=company.pk if company else None,
        subject_kind="incoming_file",
        params={"name": name, "bank": "sparebank1"},
        dedupe_key=name,
    )


DEEDS = ("pauses/", "files/{id}/replay/", "files/{id}/set-aside/", "deviations/{id}/settle/", "pauses/{id}/lift/")


@pytest.mark.parametrize("role", ["viewer", "approver", "autopay_administrator", "customer_administrator"])
def test_it_is_the_operators_alone(people: People, company: Company, role: str) -> None:
    client = signed_in_as(people[role])

    for show in ("", "?show=out", "?show=in", "?show=deviations"):
        read(client, RELAY + show, 403)
    for deed in DEEDS:
        assert client.post(RELAY + deed.format(id=company.pk), {"scope": "whole", "reason": "x"}).status_code == 403
    assert not Pause.objects.exists()


@pytest.mark.parametrize("address", ["", *DEEDS])
def test_nobody_is_led_to_the_sign_in(company: Company, address: str) -> None:
    answer = Client().post(RELAY + address.format(id=company.pk)) if address else Client().get(RELAY)

    assert answer.status_code == 302


@pytest.mark.parametrize("deed", DEEDS[1:])
def test_what_never_was_is_not_found(central: Client, company: Company, deed: str) -> None:
    assert central.post(RELAY + deed.format(id=company.pk)).status_code == 404


def test_the_worst_alarms_stand_there_and_lead_to_their_page(central: Client, company: Company, operator: User) -> None:
    amber = alarm("amber", "GUL.xml", company)
    alarm("red", "ROD.xml")
    central.post(f"/central/alarms/{amber.pk}/take/")

    html = read(central, RELAY)

    assert html.index("ROD.xml") < html.index("GUL.xml")
    assert "GUL.xml fra SpareBank 1 " in html
    assert f"Tatt av {operator.name}" in html
    assert "/central/alarms/?kind=bank_file_quarantined&amp;show=taken" in html


def test_lines_show_when_they_were_last_heard(central: Client, company: Company) -> None:
    make_company_sender(company)

    html = read(central, RELAY)

    assert company.name in html
    assert "aldri" in html


def test_lines_files_and_pauses_call_each_bank_by_its_name(central: Client, company: Company, operator: User) -> None:
    sender = make_company_sender(company, bank="sparebank1")
    send(sender, *some(1))
    pause_outgoing(scope=PauseScope.BANK, bank="nordea", reason="Vedlikehold", actor=Actor.user(operator))

    now, out = read(central, RELAY), read(central, RELAY + "?show=out")

    assert 'data-label="Bank">SpareBank 1<' in now
    assert 'data-label="Bank">SpareBank 1<' in out
    assert "Utbetalinger til Nordea står på vent" in now
    assert "SPAREBANK1" not in now + out


def test_files_to_banks_show_how_they_fare_and_no_payees(central: Client, company: Company) -> None:
    send(make_company_sender(company), *some(1), salary(1))
    outgoing = OutgoingFile.objects.get()

    html = read(central, f"{RELAY}?show=out")

    assert outgoing.name in html
    assert "I kø" in html or "i kø" in html
    assert "Lønnsmottaker" not in html
    assert outgoing.name not in read(central, f"{RELAY}?show=out&state=answered")


def test_a_file_in_quarantine_says_why_and_is_read_again(central: Client, company: Company) -> None:
    file = receive(make_incoming(company).connection, "SIM-ODDELAGT.xml", b"<not-a-message>")

    html = read(central, f"{RELAY}?show=in&state=quarantined")
    central.post(f"{RELAY}files/{file.pk}/replay/")

    assert "SIM-ODDELAGT.xml" in html
    assert 'class="faults"' in html
    assert IncomingFile.objects.get().state == "stored"
    again = central.post(f"{RELAY}files/{file.pk}/replay/")
    assert [message.level_tag for message in get_messages(again.wsgi_request)][-1] == "error"


def test_a_spoilt_file_that_came_again_is_set_aside_with_a_note_and_its_alarm_ends(
    central: Client, operator: User, company: Company
) -> None:
    file = receive(make_incoming(company).connection, "SIM-ODDELAGT.xml", b"<not-a-message>")
    assert Alarm.objects.filter(code="bank_file_quarantined", cleared_at=None).exists()
    address = f"{RELAY}files/{file.pk}/set-aside/"
    assert address in read(central, f"{RELAY}?show=in&state=quarantined")

    central.post(address, {"note": " "})
    assert IncomingFile.objects.get().state == "quarantined"
    central.post(address, {"note": "Banken sendte <b>en ny</b>"})

    assert IncomingFile.objects.get().state == "set_aside"
    assert not Alarm.objects.filter(code="bank_file_quarantined", cleared_at=None).exists()
    html = read(central, f"{RELAY}?show=in&state=set_aside")
    assert f"{operator.name}: Banken sendte &lt;b&gt;en ny&lt;/b&gt;" in html
    assert address not in html
    twice = central.post(address, {"note": "igjen"})
    assert [message.level_tag for message in get_messages(twice.wsgi_request)][-1] == "error"
    central.post(f"{RELAY}files/{file.pk}/replay/")
    assert IncomingFile.objects.get().state == "stored"


def test_a_deviation_says_what_is_known_and_leads_to_its_page(central: Client, company: Company) -> None:
    remittance = send(make_company_sender(company), *some(2))
    answer(remittance, "pain002/own_pain.002.001.03_1_technical_actc.xml")
    file = receive(remittance.agreement.connection, "SIM-X.xml", b"<not-a-message>")
    given = {"file": file, "account": "12345678903", "amount": 95000, "currency": "NOK"}
    held = Deviation.objects.create(
        kind="unclaimed", direction="CRDT", reason="less_than_paid", notification=1, entry=1, **given,
        details={"remittance": "R-1", "payments": 1, "total": 100000, "named": 1, "fee": 5000, "decisions": ["fee"]},
    )  # fmt: skip
    other = Deviation.objects.create(kind="other_service", reference="SSA", **given)

    html = " ".join(read(central, f"{RELAY}?show=deviations").split())

    assert "Betalinger i R-1 på 1 000,00 NOK kommer tilbake med 50,00 NOK mindre" in html
    pages = {each: read(central, f"{RELAY}deviations/{each.pk}/") for each in (held, other)}
    assert 'value="release:fee"' in pages[held]
    # What is for another service can only be closed.
    assert ('value="release' in pages[other], 'value="close"' in pages[other]) == (False, True)
    central.post(f"{RELAY}deviations/{held.pk}/settle/", {"how": "release:with_ended", "note": "x", "seen": "x"})
    assert Deviation.objects.get(pk=held.pk).state == "open"


def test_a_deviation_is_closed_with_a_note(central: Client, company: Company) -> None:
    file = receive(make_incoming(company).connection, "SIM-X.xml", b"<not-a-message>")
    deviation = Deviation.objects.create(
        kind="unclaimed", file=file, account="12345678903", amount=5000, currency="NOK"
    )
    assert "50,00" in read(central, f"{RELAY}?show=deviations")

    settle_on_page(central, deviation, how="close", note="")
    assert Deviation.objects.get().state == "open"
    settle_on_page(central, deviation, how="close", note="Ringte banken")

    assert Deviation.objects.get().state == "closed"
    assert "50,00" not in read(central, f"{RELAY}?show=deviations")
    assert "50,00" in read(central, f"{RELAY}?show=deviations&state=closed")


def test_a_bank_a_company_an_agreement_or_everything_is_paused_and_lifted(central: Client, company: Company) -> None:
    sender = make_company_sender(company)
    number = company.org_number
    for form in (
        {"scope": "whole"},
        {"scope": "bank", "bank": "dnb"},
        {"scope": "company", "org_number": f"{number[:3]} {number[3:6]} {number[6:]}"},
        {"scope": "agreement", "account": "1234 56 78903"},
    ):
        central.post(f"{RELAY}pauses/", {**form, "bank": "dnb", "reason": "Banken har feil"})
    html = read(central, RELAY)

    assert Pause.objects.count() == 4
    assert Pause.objects.get(scope="agreement").agreement_id == sender.agreement.pk
    assert html.count("Opphev pausen") == 4
    assert f"Utbetalinger fra konto {company.name}, 1234\xa056\xa078903 står på vent" in html
    for pause in Pause.objects.all():
        central.post(f"{RELAY}pauses/{pause.pk}/lift/")
    assert "Opphev pausen" not in read(central, RELAY)


def test_a_pause_without_reason_or_of_nobody_says_so_and_pauses_nothing(central: Client, db: None) -> None:
    html = central.post(f"{RELAY}pauses/", {"scope": "company", "org_number": "123", "bank": "dnb"})

    assert html.status_code == 422
    assert "Ingen firma har dette organisasjonsnummeret" in html.content.decode()
    assert not Pause.objects.exists()


def test_what_changes_is_fetched_alone(central: Client, company: Company) -> None:
    part = read(central, RELAY, hx_target="relay-now")

    assert 'id="relay-now"' in part
    assert "<html" not in part


def test_it_costs_the_same_however_much_there_is(central: Client, company: Company) -> None:
    sender = make_company_sender(company)
    send(sender, *some(1))
    alarm("red", "1", company)
    addresses = [RELAY, *(f"{RELAY}?show={show}" for show in ("out", "in", "deviations"))]
    before = [count_queries(central, address) for address in addresses]
    for number in range(2, 6):
        send(sender, some(number)[-1])
        alarm("amber", str(number), company)

    assert [count_queries(central, address) for address in addresses] == before
    assert max(before) <= 18, before

"""Whatever an ERP says reaches any bank in that bank's own form, and nothing in a form it doesn't take."""

import dataclasses
import itertools
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from lxml import etree

from autopay_portal.core.vault import open_stored
from bank_gateway.models import OutgoingFile
from bank_gateway.profiles import BankProfile, OrganisationId, SentElements, bank_ids, get_profile
from bank_gateway.simulator.profiles import BANKS
from companies.models import Alarm
from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.bank_file import write_bank_file
from tests.bank_gateway.profiles.rich_orders import CREDITOR, rich_payments
from tests.bank_gateway.simulator.three_banks import open_at, start
from tests.remittance.builders import ACCOUNT, Sender, codes, order, payment

Element = etree._Element


@lru_cache(maxsize=2)
def schema(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring((files("sepaxml") / "schemas" / f"{message}.xsd").read_bytes()))


def parsed(content: bytes, version: str) -> Element:
    """Return the order's root, valid against its ISO schema; elements are found by local name."""
    root = etree.fromstring(content)
    message = f"pain.001.001.{version}"
    assert root.tag == f"{{urn:iso:std:iso:20022:tech:xsd:{message}}}Document"
    schema(message).assertValid(root)
    return root


def found(root: Element, path: str) -> list[Element]:
    """Return the elements on a path of local names, wherever it begins."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    return cast("list[Element]", root.xpath(f".//{steps}"))


def texts(root: Element, path: str) -> list[str]:
    return [each.text or "" for each in found(root, path)]


def send(sender: Sender, *payments: dict[str, Any]) -> UUID:
    answer = sender.send_json(order(*payments))
    assert answer.status_code == 201, answer.json()
    return UUID(answer.json()["id"])


def written(sender: Sender, *payments: dict[str, Any]) -> bytes:
    """Send an order, release it, and return the file that was read back and queued for the bank."""
    advance_remittance(remittance_id=send(sender, *payments))
    assert [alarm.params for alarm in Alarm.objects.all()] == []
    with open_stored(OutgoingFile.objects.get().path) as file:
        return file.read()


def test_everything_an_erp_may_say_reaches_the_bank(sender: Sender, profile: BankProfile) -> None:
    payments = list(rich_payments())

    root = parsed(written(sender, *payments), profile.pain001_version)

    assert texts(root, "PmtId/EndToEndId") == list(
        Payment.objects.order_by("bank_group", "position").values_list("end_to_end_id", flat=True)
    )
    assert Counter(texts(root, "InstdAmt")) == Counter(each["amount"] for each in payments)
    names = {each["creditor"]["name"] for each in payments}
    assert set(texts(root, "Cdtr/Nm")) == names
    assert set(texts(root, "CdtrAcct/Id/Othr/Id")) == {"86011117947"}
    assert Counter(texts(root, "Strd/CdtrRefInf/Ref"))["6-"] == 2
    assert 'Faktura 1001 - "kjøp" på Ås' in texts(root, "Ustrd")
    assert len(found(root, "Strd/RfrdDocAmt/CdtNoteAmt")) == 2
    assert {"SALA", "PENS", "TAXS", "INTC", "SUPP"} == set(texts(root, "PmtTpInf/CtgyPurp/Cd"))
    assert "URGP" in texts(root, "PmtTpInf/SvcLvl/Cd")


def test_the_simulated_bank_executes_each_payment_of_it_once(
    sender: Sender, profile: BankProfile, tmp_path: Path
) -> None:
    payments = list(rich_payments())
    content = written(sender, *payments)
    simulator = start(tmp_path / "banks", profile.bank_id)
    try:
        at_bank = open_at(simulator, BANKS[profile.bank_id], balance="1000000.00")
        at_bank.login.upload("order.xml", content)
        at_bank.advance(seconds=30)
        receipts = at_bank.receipts()
        at_bank.advance(to="2026-11-25T17:00:00+01:00")
        executed = simulator.executions()
    finally:
        simulator.stop()

    words = {text for receipt in receipts for text in texts(etree.fromstring(receipt), "StsRsnInf/Rsn/Cd")}
    assert (len(receipts) >= 1, words) == (True, set())
    found = {(row["end_to_end_id"], row["amount"], row["creditor_account"]) for row in executed}
    assert found == {(each["end_to_end_id"], each["amount"], "86011117947") for each in payments}
    assert len(executed) == len(payments)
    assert {row["message_id"] for row in executed} == {OutgoingFile.objects.get().bank_message_id}


def test_the_bank_gets_its_own_ids_elements_and_bic(sender: Sender, profile: BankProfile) -> None:
    root = parsed(written(sender, payment(1)), profile.pain001_version)

    ids = {"CUST": "974760673", "BANK": "0001"}
    for party, schemes in (("InitgPty", profile.organisation_ids), ("Dbtr", profile.debtor_organisation_ids)):
        assert texts(root, f"{party}/Id/OrgId/Othr/SchmeNm/Cd") == list(schemes)
        assert texts(root, f"{party}/Id/OrgId/Othr/Id") == [ids[scheme] for scheme in schemes]
    name_of_bic = {"03": "BIC", "09": "BICFI"}[profile.pain001_version]
    assert texts(root, f"DbtrAgt/FinInstnId/{name_of_bic}") == [profile.bic]
    assert_elements(root, profile.sent)
    assert texts(root, "PmtInf/BtchBookg") == [str(profile.batch_booking).lower()]
    message_id = OutgoingFile.objects.get().bank_message_id
    assert texts(root, "GrpHdr/MsgId") == [message_id]
    assert len(message_id) <= 35
    assert texts(root, "PmtInfId") == [f"{message_id}-1"]
    # Whatever the groups say, the header says both.
    assert texts(root, "GrpHdr/NbOfTxs") == ["1"]
    assert texts(root, "GrpHdr/CtrlSum") == ["1250.00"]


def assert_elements(root: Element, sent: SentElements) -> None:
    """Demand that each optional element stands exactly where the bank wants it."""
    places = {
        "group_count": "PmtInf/NbOfTxs",
        "group_sum": "PmtInf/CtrlSum",
        "charge_bearer": "PmtInf/ChrgBr",
        "batch_booking": "PmtInf/BtchBookg",
        "instruction_id": "PmtId/InstrId",
        "creditor_country": "Cdtr/PstlAdr/Ctry",
    }
    assert set(places) == {field.name for field in dataclasses.fields(SentElements)}
    for name, path in places.items():
        assert bool(found(root, path)) == getattr(sent, name), path


def any_profile() -> list[BankProfile]:
    """Return a profile for every combination of what banks differ in when a file is written."""
    base, switches = get_profile(bank_ids()[0]), len(dataclasses.fields(SentElements))
    both = (OrganisationId.CUSTOMER, OrganisationId.DIVISION)
    return [
        dataclasses.replace(
            base, pain001_version=version, sent=SentElements(*sent), organisation_ids=ids, batch_booking=sent[0]
        )
        for version, ids in itertools.product(("03", "09"), (both, both[:1]))
        for sent in itertools.product((True, False), repeat=switches)
    ]


@pytest.mark.parametrize("profile", [get_profile("dnb")], indirect=False, ids=["any"])
def test_a_bank_nobody_has_described_yet_gets_what_its_profile_says_and_it_reads_back(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Write one order for 256 profiles; each file is read back and compared as before any sending."""
    remittance_id = send(sender, payment(1), payment(2, amount="7.00", urgent=True, kid=None, message="Tekst"))
    remittance = Remittance.objects.select_related("agreement", "company").get(pk=remittance_id)
    Payment.objects.update(status="approved")
    for each in any_profile():
        monkeypatch.setattr("remittance.services.bank_file.get_profile", lambda bank, each=each: each)

        file = write_bank_file(remittance=remittance, generation=1, positions="{[1,3)}")

        with open_stored(file.stored.path) as content:
            root = parsed(content.read(), each.pain001_version)
        assert_elements(root, each.sent)
        assert texts(root, "InitgPty/Id/OrgId/Othr/SchmeNm/Cd") == list(each.organisation_ids)
        assert file.payment_count == 2


CHARGES = [
    {"charges": "shared"},
    {"charges": "debtor"},
    {"charges": "creditor"},
]


@pytest.mark.parametrize("said", CHARGES, ids=lambda said: said["charges"])
def test_who_bears_the_charges_is_carried_where_the_bank_takes_it_and_refused_where_not(
    sender: Sender, profile: BankProfile, said: dict[str, str]
) -> None:
    if profile.sent.charge_bearer:
        root = parsed(written(sender, payment(1, **said)), profile.pain001_version)
        codes_of = {"shared": "SHAR", "debtor": "DEBT", "creditor": "CRED"}
        assert texts(root, "PmtInf/ChrgBr") == [codes_of[said["charges"]]]
        return
    answer = sender.send_json(order(payment(1), payment(2, amount="2.00", **said)))
    assert answer.status_code == 422
    assert [(each["code"], each["pointer"]) for each in answer.json()["errors"]] == [
        ("element_not_supported", "/payments/1/charges")
    ]
    assert not Payment.objects.exists()


def xml(*, group: str = "", own: str = "") -> bytes:
    """Return a pain.001.001.03 of one payment, with elements of the group and of the payment itself."""
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-24T08:00:00</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>A</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt>2026-11-25</ReqdExctnDt><Dbtr><Nm>A</Nm></Dbtr>
<DbtrAcct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BIC>DNBANOKK</BIC></FinInstnId></DbtrAgt>
{group}<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="NOK">10.00</InstdAmt></Amt>{own}
<Cdtr><Nm>Strøm AS</Nm></Cdtr><CdtrAcct><Id><Othr><Id>86011117947</Id></Othr></Id></CdtrAcct>
<RmtInf><Ustrd>Faktura</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>""".encode()


@pytest.mark.parametrize("where", ["group", "own"])
def test_charges_in_xml_are_refused_with_their_place(sender: Sender, profile: BankProfile, where: str) -> None:
    answer = sender.send_xml(xml(**{where: "<ChrgBr>DEBT</ChrgBr>"}))

    if profile.sent.charge_bearer:
        assert answer.status_code == 201, answer.json()
        return
    (error,) = answer.json()["errors"]
    path = "PmtInf[1]/ChrgBr" if where == "group" else "PmtInf[1]/CdtTrfTxInf[1]/ChrgBr"
    assert (error["code"], error["xpath"]) == ("element_not_supported", f"/Document/CstmrCdtTrfInitn/{path}")


@pytest.mark.parametrize("where", ["group", "own"])
def test_the_schemes_own_rule_for_charges_is_taken_by_every_bank(sender: Sender, where: str) -> None:
    answer = sender.send_xml(xml(**{where: "<ChrgBr>SLEV</ChrgBr>"}))

    assert answer.status_code == 201, answer.json()


def with_profile(monkeypatch: pytest.MonkeyPatch, profile: BankProfile) -> None:
    monkeypatch.setattr("remittance.services.receive.get_profile", lambda bank: profile)


@pytest.mark.parametrize("booked", [True, False])
def test_a_way_of_booking_that_a_bank_takes_no_word_of_is_refused(
    sender: Sender, profile: BankProfile, monkeypatch: pytest.MonkeyPatch, booked: bool
) -> None:
    silent = dataclasses.replace(profile.sent, batch_booking=False)
    with_profile(monkeypatch, dataclasses.replace(profile, sent=silent))

    answer = sender.send_json(order(payment(1, batch_booking=booked)))

    assert codes(answer) == ["element_not_supported"]
    assert sender.send_json(order(payment(2))).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"creditor": {**CREDITOR, "name": "Ærlig AS"}},
        {"kid": None, "message": "linje\nÆ"},
        {"kid": None, "documents": [{"type": "invoice", "number": "Æ-1", "amount": "1250.00"}]},
        {"end_to_end_id": "Æ-1"},
    ],
    ids=["name", "message", "document", "id"],
)
def test_characters_that_a_bank_leaves_out_of_latin1_are_refused_there_and_only_there(
    sender: Sender, profile: BankProfile, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    assert sender.send_json(order(payment(**changes))).status_code == 201
    # The brackets, the hyphen and the backslash have a meaning of their own in a pattern.
    fewer = profile.allowed_characters - set("Æ[]^-\\")
    with_profile(monkeypatch, dataclasses.replace(profile, allowed_characters=fewer))

    refused = sender.send_json(order(payment(**{"end_to_end_id": "2", **changes})))

    assert codes(refused) == ["characters_invalid"]
    plain = payment(end_to_end_id="E3", creditor={**CREDITOR, "name": "Ole Aas"}, kid=None, message="en\nto")
    assert sender.send_json(order(plain)).status_code == 201

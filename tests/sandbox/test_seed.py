"""The sandbox's data: written once, whole, against the simulated banks as they run."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.http import HttpRequest

from agreements.models import Agreement, Kind
from agreements.queries import find_remittance_agreement
from autopay_portal.sandbox.description import describe
from autopay_portal.sandbox.management.commands.prepare_sandbox import refuse_real_banks
from autopay_portal.sandbox.people import CUSTOMERS
from autopay_portal.sandbox.place import ROOT, Place
from autopay_portal.sandbox.seed import ControlledBanks, Line, UnableToSeedError, write_sandbox_data
from bank_gateway.models import Connection
from companies.access import Permission, permissions_in
from companies.models import Company, Role, SigningKey, User
from companies.services import choose_posting_employee
from companies.verification import verify_audit

READY_LINE = "ready: "


@pytest.fixture(scope="module")
def banks_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the simulated banks as the sandbox does, in a folder of their own."""
    folder = tmp_path_factory.mktemp("banks")
    command = [sys.executable, "-m", "bank_gateway.simulator", "--dir", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert READY_LINE in line, (folder / "log").read_text()
        yield line.split(READY_LINE)[1].split()[0]
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def place(tmp_path: Path, settings: Any, banks_url: str) -> Place:
    settings.VAR = tmp_path
    settings.BANKS_URL = banks_url
    # Argon2 is meant to be slow; what is tried here is which password belongs to whom.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    place = Place(tmp_path)
    place.run.mkdir(mode=0o700)
    return place


@pytest.fixture
def banks(banks_url: str) -> ControlledBanks:
    return ControlledBanks(banks_url)


def _everything() -> dict[str, list[Any]]:
    """Return every row of ours, to see whether any changed."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for label in ("companies", "bank_gateway", "agreements")
        for model in apps.get_app_config(label).get_models()
    }


@pytest.mark.django_db
def test_it_writes_what_the_contract_asks_of_a_sandbox(place: Place, banks: ControlledBanks) -> None:
    assert write_sandbox_data(banks=banks)
    described = describe(place)
    assert len(described["customers"]) >= 2
    assert len(described["companies"]) >= 3
    approvers = [
        agreement["approvers_required"]
        for company in described["companies"]
        for agreement in company["agreements"]
        if agreement["kind"] == "remittance"
    ]
    assert {0, 1, 2} <= set(approvers)
    for company in described["companies"]:
        assert {agreement["kind"] for agreement in company["agreements"]} == {"remittance", "incoming"}
        assert all(agreement["kid"] for agreement in company["agreements"] if agreement["kind"] == "incoming")
        assert company["signing_key"]["secret"]
    held = {role for user in described["users"] for roles in user["roles"].values() for role in roles}
    assert held == {role.value for role in Role}
    assert (place.seeded.stat().st_mode & 0o777, place.seeded.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.django_db
def test_every_described_user_signs_in_and_every_erp_user_may_send_and_fetch(
    place: Place, banks: ControlledBanks
) -> None:
    write_sandbox_data(banks=banks)
    described = describe(place)
    assert len(described["users"]) == User.objects.count()
    for user in described["users"]:
        assert authenticate(HttpRequest(), email=user["email"], password=user["password"]), user["email"]
    for company in described["companies"]:
        erp_user = User.objects.get(email=company["erp_user"])
        permissions = permissions_in(user=erp_user, company_id=company["id"])
        assert {Permission.SEND, Permission.FOLLOW_FEED, Permission.LEASE} <= permissions


@pytest.mark.django_db
def test_each_agreement_has_the_approvers_it_needs_and_a_posting_employee(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    for agreement in Agreement.objects.filter(kind=Kind.REMITTANCE):
        assert agreement.is_active
        approvers = User.objects.filter(role_grants__company=agreement.company, role_grants__role=Role.APPROVER)
        assert approvers.count() >= agreement.approvers_required
    chosen = [choose_posting_employee(company_id=company.pk) for company in Company.objects.all()]
    assert {choice and choice.chosen_by for choice in chosen} == {"setting", "rule"}


@pytest.mark.django_db
def test_a_batch_of_300000_payments_has_an_account_without_approvers(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    company = Company.objects.get(org_number=CUSTOMERS[0].companies[0].org_number)
    agreement = find_remittance_agreement(company_id=company.pk, account="12345678903")
    assert agreement is not None
    assert agreement.approvers_required == 0
    with urllib.request.urlopen(f"{banks.url}/banks/dnb/accounts") as answer:  # noqa: S310
        balances = {row.get("account"): row["balance"] for row in json.load(answer)["results"]}
    assert balances["12345678903"] == "5000000000.00"


@pytest.mark.django_db
def test_a_second_run_changes_nothing(place: Place, banks: ControlledBanks) -> None:
    assert write_sandbox_data(banks=banks)
    before, noted = _everything(), place.seeded.read_bytes()
    assert not write_sandbox_data(banks=banks)
    assert _everything() == before
    assert place.seeded.read_bytes() == noted


class _Dying:
    """The banks, with our process killed at a given call."""

    def __init__(self, banks: ControlledBanks, calls: int) -> None:
        self.banks, self.left = banks, calls

    def open_agreement(self, *, bank: str, application: dict[str, Any]) -> Line:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return self.banks.open_agreement(bank=bank, application=application)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("calls", [0, 1, 5])
def test_killed_while_it_talks_to_the_banks_it_has_written_nothing_and_can_be_run_again(
    place: Place, banks: ControlledBanks, calls: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_sandbox_data(banks=_Dying(banks, calls))
    assert not User.objects.exists()
    assert write_sandbox_data(banks=banks)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("service", ["make_operator", "create_signing_key", "make_customer_administrator"])
def test_killed_while_it_writes_it_has_written_nothing_and_can_be_run_again(
    place: Place, banks: ControlledBanks, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"companies.services.{service}", die)
        with pytest.raises(KeyboardInterrupt):
            write_sandbox_data(banks=banks)
    assert not User.objects.exists()
    assert write_sandbox_data(banks=banks)
    user = describe(place)["users"][0]
    assert authenticate(HttpRequest(), email=user["email"], password=user["password"])


@pytest.mark.django_db
def test_a_later_run_takes_over_a_new_port_of_the_bank(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)

    class Moved(_Dying):
        def open_agreement(self, *, bank: str, application: dict[str, Any]) -> Line:
            line = self.banks.open_agreement(bank=bank, application=application)
            return Line(**{**vars(line), "port": 2999})

    assert not write_sandbox_data(banks=Moved(banks, 0))
    assert set(Connection.objects.values_list("port", flat=True)) == {2999}


@pytest.mark.django_db
def test_what_a_person_has_changed_stays_and_a_lost_password_is_replaced(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    SigningKey.objects.all().delete()
    place.seeded.unlink()
    write_sandbox_data(banks=banks)
    assert not SigningKey.objects.exists()
    described = describe(place)
    assert len(described["users"]) == User.objects.count()
    user = described["users"][0]
    assert authenticate(HttpRequest(), email=user["email"], password=user["password"])
    assert described["banks"][0]["sftp"][0]["private_key"]


@pytest.mark.django_db
def test_its_lines_stay_on_this_machine_and_their_keys_sign_in_with_the_host_key_pinned(
    place: Place, banks: ControlledBanks
) -> None:
    write_sandbox_data(banks=banks)
    refuse_real_banks()
    lines = describe(place)["banks"][0]["sftp"]
    assert len(lines) == Company.objects.count()

    async def names(line: dict[str, Any]) -> set[str]:
        pinned = asyncssh.import_known_hosts(f"[{line['host']}]:{line['port']} {line['host_key']}")
        async with (
            asyncssh.connect(
                line["host"],
                line["port"],
                username=line["username"],
                client_keys=[line["private_key"]],
                known_hosts=pinned,
                config=[],
                agent_path=None,
            ) as connected,
            connected.start_sftp_client() as sftp,
        ):
            return {str(name) for name in await sftp.listdir(".")}

    for line in lines:
        assert Path(line["private_key"]).stat().st_mode & 0o777 == 0o600
        assert {"to_bank", "from_bank"} <= asyncio.run(names(line))


@pytest.mark.django_db
def test_the_audit_of_it_holds_and_names_no_password_and_no_key(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    assert verify_audit(heads_file=None).broken == ()
    noted = json.loads(place.seeded.read_text(encoding="utf-8"))
    text = repr(_everything())
    secrets = [*noted["passwords"].values(), *(one["signing_key"]["secret"] for one in describe(place)["companies"])]
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.django_db
def test_banks_that_are_not_there_or_refuse_are_named(place: Place, banks: ControlledBanks) -> None:
    with pytest.raises(UnableToSeedError, match="don't answer at"):
        write_sandbox_data(banks=ControlledBanks("http://127.0.0.1:1"))
    with pytest.raises(UnableToSeedError, match="answered 4"):
        banks.open_agreement(bank="dnb", application={"org_number": "1"})

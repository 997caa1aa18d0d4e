"""The sandbox's data: written once, whole, against the simulated banks as they run."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.http import HttpRequest

from agreements.models import Agreement, Kind, Status
from agreements.queries import find_remittance_agreement
from agreements.services import close_agreement
from autopay_portal.sandbox.description import describe
from autopay_portal.sandbox.management.commands.prepare_sandbox import refuse_real_banks
from autopay_portal.sandbox.people import CUSTOMERS, PlannedCustomer
from autopay_portal.sandbox.place import ROOT, Place
from autopay_portal.sandbox.seed import ControlledBanks, Line, UnableToSeedError, write_sandbox_data
from bank_gateway.models import Connection
from bank_gateway.norway.accounts import is_valid_account
from bank_gateway.profiles import bank_ids
from companies.access import Permission, permissions_in
from companies.actors import Actor
from companies.models import Company, Role, SigningKey, User
from companies.second_factor import asks_at_sign_in
from companies.second_factor.codes import use_totp_code
from companies.services import choose_posting_employee
from companies.verification import verify_audit
from tests.companies.second_factor.apps import code_of

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
        at = {agreement["bank"] for agreement in company["agreements"]}
        kinds = sorted((agreement["bank"], agreement["kind"]) for agreement in company["agreements"])
        assert kinds == sorted((bank, kind) for bank in at for kind in ("remittance", "incoming"))
        assert "dnb" in at
        assert len(at) >= 2
        assert all(agreement["kid"] for agreement in company["agreements"] if agreement["kind"] == "incoming")
        assert company["signing_key"]["secret"]
    held = {role for user in described["users"] for roles in user["roles"].values() for role in roles}
    assert held == {role.value for role in Role}
    assert (place.seeded.stat().st_mode & 0o777, place.seeded.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.django_db
def test_who_needs_no_approver_reaches_all_three_banks_and_each_bank_tells_of_money_in_its_way(
    place: Place, banks: ControlledBanks
) -> None:
    write_sandbox_data(banks=banks)
    (company,) = (
        company
        for company in describe(place)["companies"]
        if all(agreement["approvers_required"] == 0 for agreement in company["agreements"] if "kid" not in agreement)
    )
    assert {agreement["bank"] for agreement in company["agreements"]} == set(bank_ids())
    notified = Agreement.objects.filter(company=company["id"], kind=Kind.INCOMING).values_list("bank", "notify")
    assert dict(notified) == {"dnb": "ocr", "nordea": "camt054", "sparebank1": "ocr"}


@pytest.mark.django_db
def test_every_account_is_a_right_one_and_no_two_agreements_of_a_kind_share_it(
    place: Place, banks: ControlledBanks
) -> None:
    write_sandbox_data(banks=banks)
    for kind in Kind:
        accounts = list(Agreement.objects.filter(kind=kind).values_list("account", flat=True))
        assert len(set(accounts)) == len(accounts)
        assert all(is_valid_account(account) for account in accounts)


@pytest.mark.django_db
def test_it_describes_every_bank_with_a_line_for_each_company_that_has_agreements_there(
    place: Place, banks: ControlledBanks
) -> None:
    write_sandbox_data(banks=banks)
    described = describe(place)
    assert [bank["id"] for bank in described["banks"]] == list(bank_ids())
    for bank in described["banks"]:
        assert bank["control"] == f"{banks.url}/banks/{bank['id']}"
        with_agreements = [
            company["id"]
            for company in described["companies"]
            if any(agreement["bank"] == bank["id"] for agreement in company["agreements"])
        ]
        assert sorted(line["company"] for line in bank["sftp"]) == sorted(with_agreements)
    keys = [line["private_key"] for bank in described["banks"] for line in bank["sftp"]]
    assert len(set(keys)) == len(keys)


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
    using = Company.objects.filter(services__isnull=False).distinct()
    chosen = [choose_posting_employee(company_id=company.pk) for company in using]
    assert {choice and choice.chosen_by for choice in chosen} == {"setting", "rule"}


@pytest.mark.django_db
def test_a_batch_of_300000_payments_has_an_account_without_approvers(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    company = Company.objects.get(org_number=CUSTOMERS[0].companies[0].org_number)
    agreement = find_remittance_agreement(company_id=company.pk, account="12345678903")
    assert agreement is not None
    assert agreement.approvers_required == 0
    for bank, account in (("dnb", "12345678903"), ("nordea", "60050612344"), ("sparebank1", "42021177304")):
        with urllib.request.urlopen(f"{banks.url}/banks/{bank}/accounts") as answer:  # noqa: S310
            balances = {row.get("account"): row["balance"] for row in json.load(answer)["results"]}
        assert balances[account] == "5000000000.00"


@pytest.mark.django_db
def test_a_second_run_changes_nothing(place: Place, banks: ControlledBanks) -> None:
    assert write_sandbox_data(banks=banks)
    before, noted = _everything(), place.seeded.read_bytes()
    assert not write_sandbox_data(banks=banks)
    assert _everything() == before
    assert place.seeded.read_bytes() == noted


def _only(bank: str) -> tuple[PlannedCustomer, ...]:
    """Return the plan as it was before the other banks were known."""
    return tuple(
        replace(
            customer,
            companies=tuple(
                replace(company, banks=tuple(at for at in company.banks if at.bank == bank))
                for company in customer.companies
            ),
        )
        for customer in CUSTOMERS
    )


@pytest.mark.django_db
def test_a_sandbox_made_with_one_bank_gets_the_others_at_its_next_start_and_keeps_what_it_has(
    place: Place, banks: ControlledBanks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("autopay_portal.sandbox.seed.CUSTOMERS", _only("dnb"))
        assert write_sandbox_data(banks=banks)
        assert not write_sandbox_data(banks=banks)
    old = describe(place)
    assert [bank["id"] for bank in old["banks"]] == ["dnb"]

    assert write_sandbox_data(banks=banks)

    new = describe(place)
    assert [bank["id"] for bank in new["banks"]] == list(bank_ids())
    assert new["users"] == old["users"]
    for company, before_company in zip(new["companies"], old["companies"], strict=True):
        assert company["signing_key"] == before_company["signing_key"]
        assert [each for each in company["agreements"] if each["bank"] == "dnb"] == before_company["agreements"]
        assert len(company["agreements"]) > len(before_company["agreements"])
    assert all(agreement.is_active for agreement in Agreement.objects.all())
    assert all(line["private_key"] for bank in new["banks"] for line in bank["sftp"])
    assert not write_sandbox_data(banks=banks)
    assert describe(place) == new


@pytest.mark.django_db
def test_an_agreement_that_a_person_closed_is_not_made_again(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    closed = Agreement.objects.get(bank="nordea", account="60050612344", kind=Kind.REMITTANCE)
    close_agreement(agreement_id=closed.pk, actor=Actor.system("test"))

    assert not write_sandbox_data(banks=banks)

    assert Agreement.objects.get(bank="nordea", account="60050612344", kind=Kind.REMITTANCE).status == Status.CLOSED


@pytest.mark.django_db(transaction=True)
def test_killed_while_it_adds_a_bank_it_has_added_nothing_and_can_be_run_again(
    place: Place, banks: ControlledBanks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as before:
        before.setattr("autopay_portal.sandbox.seed.CUSTOMERS", _only("dnb"))
        write_sandbox_data(banks=banks)
    with monkeypatch.context() as dying:
        dying.setattr("agreements.services.activate_for_erp", die)
        with pytest.raises(KeyboardInterrupt):
            write_sandbox_data(banks=banks)
    assert set(Connection.objects.values_list("bank", flat=True)) == {"dnb"}

    assert write_sandbox_data(banks=banks)

    assert set(Agreement.objects.values_list("bank", flat=True)) == set(bank_ids())


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
@pytest.mark.parametrize("calls", [0, 1, 13])
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
    lines = [line for bank in describe(place)["banks"] for line in bank["sftp"]]
    assert len(lines) == Connection.objects.count() > Company.objects.count()

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


@pytest.mark.django_db
def test_who_decides_has_an_authenticator_app_and_one_company_demands_it(place: Place, banks: ControlledBanks) -> None:
    write_sandbox_data(banks=banks)
    people = {user["email"]: user for user in describe(place)["users"]}
    with_app = {email for email, user in people.items() if user["totp_secret"]}

    assert {"kari@fjordregnskap.example", "per@nordlys.example", "sentralen@autopay.example"} <= with_app
    assert not {"erp@fjordregnskap.example", "eva@nordlys.example"} & with_app
    for email in with_app:
        code = code_of(people[email]["totp_secret"])
        assert use_totp_code(user=User.objects.get(email=email), code=code) is not None
    assert list(Company.objects.filter(two_step=True).values_list("org_number", flat=True)) == ["313400174"]
    asked = {email for email in with_app if asks_at_sign_in(User.objects.get(email=email))}
    assert asked == {"tor@bruvik.example", "lise@havgap.example"}

"""An agreement's life on its page and on AutoPay Central's: each step by whom it belongs to, and what is told."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from agreements.models import ActivationFile, Agreement, Contact, Mandate, SigningRule
from agreements.services import central as services_central
from agreements.services import import_activation_file, note_mandates, note_test
from bank_gateway.models import Connection
from bank_gateway.relay.clerk import Application, BankDeskError, OpenedLine
from companies.actors import Actor
from companies.models import Alarm, Company, Letter, Proposal, User
from companies.services import sweep_alarms
from companies.services.proposals import confirm
from tests.agreements.builders import draft, make_active, make_connection
from tests.companies.builders import SETUP, make_company, make_customer_admin
from tests.pages.money.conftest import People, signed_in_as

pytestmark = pytest.mark.django_db


class FakeClerk:
    """A simulated bank's clerk who gives a login, or refuses."""

    def __init__(self, *, refuses: str = "") -> None:
        self.refuses = refuses
        self.asked: list[Application] = []

    def open_agreement(self, application: Application) -> OpenedLine:
        """Register the agreement."""
        self.asked.append(application)
        if self.refuses:
            raise BankDeskError("bank_desk_refused", params={"words": self.refuses})
        made = make_connection(company=make_company())
        from autopay_portal.core import secrets
        from bank_gateway.relay.services.connections import private_key_context

        private = secrets.decrypt(bytes(made.private_key), context=private_key_context(made.pk)).decode()
        return OpenedLine("127.0.0.1", 2222, "dnb-user", private, made.host_key)


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch) -> FakeClerk:
    clerk = FakeClerk()
    monkeypatch.setattr("agreements.views.central.clerk_here", lambda: clerk)
    return clerk


@pytest.fixture
def administrator(people: People) -> Client:
    return signed_in_as(people["customer_administrator"])


@pytest.fixture
def central(people: People) -> Client:
    return signed_in_as(people["operator"])


def step(client: Client, agreement: Agreement, name: str) -> Agreement:
    client.post(f"/c/{agreement.company_id}/agreements/{agreement.pk}/step/", {"step": name})
    agreement.refresh_from_db()
    return agreement


def page(client: Client, agreement: Agreement) -> str:
    return unescape(client.get(f"/c/{agreement.company_id}/agreements/{agreement.pk}/").content.decode())


def confirm_it(client: Client, agreement: Agreement, **given: str) -> Any:
    return client.post(f"/central/agreements/{agreement.pk}/confirm/", {"signers": "0", "division": "0001", **given})


def test_an_agreement_goes_from_draft_to_active_by_the_company_and_central(
    administrator: Client, central: Client, clerk: FakeClerk, company: Company
) -> None:
    agreement = draft(company=company)
    assert step(administrator, agreement, "order").status == "ordered"
    assert step(administrator, agreement, "sent").status == "sent_to_bank"
    assert step(administrator, agreement, "activate").status == "sent_to_bank"
    assert confirm_it(central, agreement, customer_id="974760673").status_code == 302
    agreement.refresh_from_db()
    assert (agreement.status, agreement.customer_id, agreement.division) == ("confirmed_by_bank", "974760673", "0001")
    assert step(administrator, agreement, "activate").status == "active"
    assert [each.account for each in clerk.asked] == [agreement.account]
    assert Connection.objects.get(company=company).username == "dnb-user"

    history = [(each.to_status, each.actor_name) for each in agreement.status_changes.order_by("sequence")]
    assert [status for status, _ in history] == ["draft", "ordered", "sent_to_bank", "confirmed_by_bank", "active"]
    assert len({name for _, name in history}) == 3


def test_clicking_twice_takes_a_step_once(administrator: Client, company: Company) -> None:
    agreement = draft(company=company)
    for _ in range(2):
        step(administrator, agreement, "order")

    assert agreement.status_changes.count() == 2


def test_administrators_get_a_letter_when_it_moves_on_but_not_who_did_it(
    people: People, central: Client, administrator: Client, clerk: FakeClerk, company: Company
) -> None:
    agreement = draft(company=company)
    step(administrator, agreement, "order")
    step(administrator, agreement, "sent")
    assert not Letter.objects.exists()
    confirm_it(central, agreement)
    step(administrator, agreement, "activate")

    told = set(Letter.objects.values_list("kind", "recipient"))
    both = {people["customer_administrator"].email, people["autopay_administrator"].email}
    assert told == {("agreement_confirmed", email) for email in both} | {
        ("agreement_active", people["autopay_administrator"].email)
    }


def test_the_banks_refusal_is_told_and_the_agreement_may_be_ordered_anew(
    central: Client, administrator: Client, company: Company
) -> None:
    agreement = draft(company=company)
    step(administrator, agreement, "order")
    step(administrator, agreement, "sent")
    central.post(f"/central/agreements/{agreement.pk}/refuse/", {"reason": "Signaturen mangler"})

    agreement.refresh_from_db()
    assert agreement.status == "refused_by_bank"
    assert "Signaturen mangler" in page(administrator, agreement)
    assert step(administrator, agreement, "order").status == "ordered"


def test_a_simulated_bank_that_refuses_changes_nothing_here(
    central: Client, administrator: Client, clerk: FakeClerk, company: Company
) -> None:
    clerk.refuses = "The account is another company's"
    agreement = step(administrator, draft(company=company), "order")
    answer = confirm_it(central, agreement)

    assert answer.status_code == 409
    assert "another company" in unescape(answer.content.decode())
    agreement.refresh_from_db()
    assert agreement.status == "ordered"


def test_a_bank_that_demands_a_division_gets_none_confirmed_without(
    central: Client, administrator: Client, clerk: FakeClerk, company: Company
) -> None:
    agreement = step(administrator, draft(company=company), "order")
    answer = confirm_it(central, agreement, division="")

    assert answer.status_code == 422
    assert clerk.asked == []


def test_who_confirmed_cannot_set_active_himself(people: People, central: Client, company: Company) -> None:
    operator: User = people["operator"]
    make_connection(company=company)
    agreement = draft(company=company, division="1")
    from agreements.services import Confirmation, activate_agreement, confirm_agreement, order_agreement
    from autopay_portal.core.errors import ConflictError

    order_agreement(agreement_id=agreement.pk, actor=SETUP)
    confirm_agreement(agreement_id=agreement.pk, said=Confirmation(), user=operator, clerk=None)
    with pytest.raises(ConflictError) as refusal:
        activate_agreement(agreement_id=agreement.pk, user=operator)
    assert refusal.value.code == "central_has_not_confirmed"


def test_what_nobody_of_central_confirmed_cannot_be_set_active(administrator: Client, company: Company) -> None:
    from agreements.services import confirm_by_bank, order_agreement, send_to_bank

    agreement = draft(company=company)
    order_agreement(agreement_id=agreement.pk, actor=SETUP)
    send_to_bank(agreement_id=agreement.pk, actor=SETUP)
    line = make_connection(company=company)
    confirm_by_bank(agreement_id=agreement.pk, connection_id=line.pk, actor=SETUP)

    assert step(administrator, agreement, "activate").status == "confirmed_by_bank"


def test_the_erp_is_switched_on_after_a_passed_test_only(administrator: Client, company: Company) -> None:
    agreement = make_active(company=company)
    note_test(agreement_id=agreement.pk, passed=False, actor=SETUP)
    assert not step(administrator, agreement, "erp_on").erp_active
    note_test(agreement_id=agreement.pk, passed=True, actor=SETUP)
    assert step(administrator, agreement, "erp_on").erp_active
    assert not step(administrator, agreement, "erp_off").erp_active


def test_testing_says_each_check_and_a_dead_line_switches_the_erp_off(administrator: Client, company: Company) -> None:
    agreement = make_active(company=company)
    administrator.post(f"/c/{company.pk}/agreements/{agreement.pk}/test/")

    agreement.refresh_from_db()
    assert (agreement.last_test_ok, agreement.erp_active) == (False, False)
    said = page(administrator, agreement)
    for words in ("Signeringsnøkkel", "Lisens", "Vilkår for tjenesten", "Linje til banken", "Noe mangler"):
        assert words in said
    assert agreement.connection is not None
    agreement.connection.refresh_from_db()
    assert agreement.connection.failures == 1


def test_closing_says_what_it_stops_and_refuses_on_other_numbers(administrator: Client, company: Company) -> None:
    agreement = make_active(company=company)
    address = f"/c/{company.pk}/agreements/{agreement.pk}/close/"
    assert "ERP-systemet kan ikke sende" in unescape(administrator.get(address).content.decode())

    administrator.post(address, {"seen": "3"})
    agreement.refresh_from_db()
    assert agreement.status == "active"
    administrator.post(address, {"seen": "0", "remark": "Byttet bank"})
    agreement.refresh_from_db()
    assert (agreement.status, agreement.erp_active) == ("closed", False)


def test_an_agreement_that_stands_still_is_an_alarm_until_it_moves(
    administrator: Client, company: Company, settings: Any
) -> None:
    from datetime import timedelta

    from agreements.models import StatusChange
    from autopay_portal.core.clocks import business_now

    agreement = step(administrator, draft(company=company), "order")
    StatusChange.objects.update(at=business_now() - timedelta(days=8))
    settings.ALARM_GRACE_SECONDS = 0
    for _ in range(2):
        sweep_alarms()

    alarm = Alarm.objects.get(code="agreement_stuck", cleared_at=None)
    assert (alarm.severity, alarm.agreement_id) == ("amber", agreement.pk)
    assert "står fast" in page(administrator, agreement) or "står fast" in unescape(
        administrator.get(f"/c/{company.pk}/agreements/").content.decode()
    )
    step(administrator, agreement, "sent")
    sweep_alarms()
    assert not Alarm.objects.filter(code="agreement_stuck", cleared_at=None).exists()


def settings_body(agreement: Agreement, **changes: str) -> dict[str, str]:
    return {
        "approvers_required": str(agreement.approvers_required), "bank_approval": agreement.bank_approval,
        "paid_evidence": "camt054", "reject_mode": "file", "hold_duplicates": "on", "bank_ledger_account": "1920",
        "supplier_ledger_account": "2400", "salary_ledger_account": "2930", "fee_ledger_account": "7770", **changes,
    }  # fmt: skip


def test_lowering_approvers_waits_for_another_administrator_and_raising_does_not(
    administrator: Client, company: Company
) -> None:
    agreement = make_active(company=company, approvers_required=2)
    second = make_customer_admin(customer=company.customer)
    address = f"/c/{company.pk}/agreements/{agreement.pk}/settings/"

    administrator.post(address, settings_body(agreement, approvers_required="1", auto_post="on"))
    agreement.refresh_from_db()
    assert (agreement.approvers_required, agreement.auto_post) == (2, True)
    proposal = Proposal.objects.get()
    assert "Venter på en annen administrator" in page(administrator, agreement)
    confirm(proposal_id=proposal.pk, actor=Actor.user(second))
    agreement.refresh_from_db()
    assert agreement.approvers_required == 1

    administrator.post(address, settings_body(agreement, approvers_required="3", auto_post="on"))
    agreement.refresh_from_db()
    assert agreement.approvers_required == 3


def test_the_way_to_a_change_opens_its_form(administrator: Client, company: Company) -> None:
    agreement = make_active(company=company)
    address = f"/c/{company.pk}/agreements/{agreement.pk}/"
    opened = 'id="change" open'

    assert opened not in administrator.get(address).content.decode()
    assert opened in administrator.get(f"{address}?change=1").content.decode()


def test_turning_the_second_factor_off_waits_for_another_administrator(administrator: Client, company: Company) -> None:
    agreement = make_active(company=company)
    second = make_customer_admin(customer=company.customer)
    address = f"/c/{company.pk}/agreements/{agreement.pk}/settings/"
    administrator.post(address, settings_body(agreement, two_step="none"))
    agreement.refresh_from_db()
    assert agreement.two_step == "approval"

    confirm(proposal_id=Proposal.objects.get().pk, actor=Actor.user(second))
    agreement.refresh_from_db()
    assert (agreement.two_step, agreement.approvers_required) == ("none", 1)


def test_a_change_on_what_somebody_else_changed_meanwhile_is_refused(administrator: Client, company: Company) -> None:
    import re

    agreement = make_active(company=company, approvers_required=1)
    seen = re.search(r'name="seen" value="([^"]+)"', page(administrator, agreement))
    assert seen is not None
    Agreement.objects.filter(pk=agreement.pk).update(reject_mode="payment")
    body = settings_body(agreement, seen=seen[1], fee_ledger_account="7771")
    administrator.post(f"/c/{company.pk}/agreements/{agreement.pk}/settings/", body)

    agreement.refresh_from_db()
    assert (agreement.reject_mode, agreement.fee_ledger_account) == ("payment", "7770")


def test_an_address_is_asked_and_confirmed_by_its_letter_alone(
    administrator: Client, company: Company, people: People
) -> None:
    from autopay_portal.core.secrets import decrypt
    from companies.mail.letters import secret_context

    agreement = draft(company=company)
    contacts = f"/c/{company.pk}/agreements/{agreement.pk}/contacts/"
    administrator.post(contacts, {"kind": "rejects", "email": "post@fjord.example"})
    contact, letter = Contact.objects.get(), Letter.objects.get()
    assert (contact.confirmed_at, letter.recipient) == (None, "post@fjord.example")
    assert letter.secret_encrypted is not None
    token = decrypt(bytes(letter.secret_encrypted), context=secret_context(letter)).decode()
    assert token not in contact.token_hash

    nobody = Client()
    assert nobody.get(f"{letter.path}{token}").status_code == 200
    assert Contact.objects.get().confirmed_at is None
    assert nobody.post(f"{letter.path}{token}").status_code == 200
    assert Contact.objects.get().confirmed_at is not None
    assert nobody.post(f"{letter.path}{token}").status_code == 404
    assert nobody.get(f"{letter.path}wrong").status_code == 404


def test_the_mail_list_of_an_agreement_in_force_takes_two(administrator: Client, company: Company) -> None:
    agreement = make_active(company=company)
    second = make_customer_admin(customer=company.customer)
    contacts = f"/c/{company.pk}/agreements/{agreement.pk}/contacts/"
    administrator.post(contacts, {"kind": "rejects", "email": "post@fjord.example"})
    assert not Contact.objects.exists()

    confirm(proposal_id=Proposal.objects.get().pk, actor=Actor.user(second))
    assert Contact.objects.get().email == "post@fjord.example"


def test_the_page_warns_when_the_bank_wants_more_or_nobody_holds_a_mandate(
    administrator: Client, company: Company, people: People
) -> None:
    agreement = make_active(company=company, approvers_required=1, bank_approval="rgb")
    assert "flere godkjennere registrert" not in page(administrator, agreement)

    note_mandates(agreement=agreement, signers=2, holders=[], user=people["customer_administrator"])
    said = page(administrator, agreement)
    assert "Banken har flere godkjennere registrert enn AutoPay ber om" in said
    assert "Ingen godkjenner har fullmakt på kontoen" in said

    holder = people["approver"]
    administrator.post(
        f"/c/{company.pk}/agreements/{agreement.pk}/mandates/", {"signers": "1", "holders": [str(holder.pk)]}
    )
    said = page(administrator, agreement)
    assert "flere godkjennere registrert" not in said
    assert "Ingen godkjenner har fullmakt" not in said
    assert (SigningRule.objects.get().signers, Mandate.objects.get().user) == (1, holder)


def test_a_stranger_holds_no_mandate(administrator: Client, company: Company, people: People) -> None:
    agreement = make_active(company=company)
    administrator.post(
        f"/c/{company.pk}/agreements/{agreement.pk}/mandates/", {"signers": "1", "holders": [str(people.stranger.pk)]}
    )

    assert not Mandate.objects.exists()


def test_a_holder_who_is_no_approver_is_no_help(administrator: Client, company: Company, people: People) -> None:
    agreement = make_active(company=company, approvers_required=1, bank_approval="rgb")
    note_mandates(agreement=agreement, signers=1, holders=[people["viewer"].pk], user=people["customer_administrator"])

    assert "Ingen godkjenner har fullmakt" in page(administrator, agreement)


FILE = """account;bank_agreement_id;customer_id;date;result
{first};A-1;974760673;2026-11-24;activated
{second};;;2026-11-24;refused
99999999999;;;2026-11-24;activated
{first};A-1;974760673;i går;activated
{first};;;2026-11-24;perhaps
only;three;cells
"""


def test_a_banks_file_confirms_and_refuses_line_by_line(
    central: Client, administrator: Client, company: Company
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    make_connection(company=company)
    first, second = (draft(company=company, division="1") for _ in range(2))
    for agreement in (first, second):
        step(administrator, agreement, "order")
        step(administrator, agreement, "sent")
    content = FILE.format(first=first.account, second=second.account).encode()

    def upload() -> Any:
        return central.post(
            "/central/agreements/files/", {"bank": "dnb", "file": SimpleUploadedFile("dnb.csv", content)}
        )

    answer = upload()
    file = ActivationFile.objects.get()
    assert answer.headers["Location"] == f"/central/agreements/files/{file.pk}/"
    outcomes = [(line["line"], line["outcome"] or line["code"]) for line in file.report]
    assert outcomes == [
        (2, "confirmed"), (3, "refused"), (4, "activation_line_unknown"), (5, "activation_line_date"),
        (6, "activation_line_invalid"), (7, "activation_line_invalid"),
    ]  # fmt: skip
    for agreement in (first, second):
        agreement.refresh_from_db()
    assert (first.status, first.bank_agreement_id) == ("confirmed_by_bank", "A-1")
    assert second.status == "refused_by_bank"
    assert upload().headers["Location"] == answer.headers["Location"]
    assert ActivationFile.objects.count() == 1


def test_a_file_whose_reading_was_cut_off_is_read_again_and_finds_what_it_had_done(
    central: Client, administrator: Client, company: Company, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_connection(company=company)
    first, second = (step(administrator, draft(company=company, division="1"), "order") for _ in range(2))
    lines = "".join(f"{each.account};;;2026-11-24;activated\n" for each in (first, second))
    content = f"account;bank_agreement_id;customer_id;date;result\n{lines}".encode()
    real, calls = services_central._take_line, []

    def dies(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(services_central, "_take_line", dies)
    with pytest.raises(KeyboardInterrupt):
        import_activation_file(bank="dnb", name="x.csv", content=content, user=people["operator"])
    monkeypatch.setattr(services_central, "_take_line", real)

    file = import_activation_file(bank="dnb", name="x.csv", content=content, user=people["operator"])

    assert [line["outcome"] for line in file.report] == ["unchanged", "confirmed"]


def test_a_draft_cannot_be_confirmed_and_nothing_is_made_at_the_bank(
    central: Client, clerk: FakeClerk, company: Company
) -> None:
    answer = confirm_it(central, draft(company=company))

    assert answer.status_code == 409
    assert clerk.asked == []


@pytest.mark.parametrize("content", [b"", b"account,date\n1,2\n", b"\x00\x01", b"%PDF-1.4"])
def test_what_is_no_such_file_is_refused_whole(central: Client, content: bytes) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    central.post("/central/agreements/files/", {"bank": "dnb", "file": SimpleUploadedFile("x.csv", content)})

    assert not ActivationFile.objects.exists()

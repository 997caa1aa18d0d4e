"""A line's keys change while files go on: ours when the bank lets the new one in, the bank's when both are trusted."""

from typing import Any

import pytest

from autopay_portal.core.errors import ConflictError, DomainError
from bank_gateway.channels.lines import close_lines
from bank_gateway.models import Connection
from bank_gateway.relay.services.probing import probe_line
from bank_gateway.relay.services.rotating import (
    drop_next_key,
    fingerprint_of,
    make_next_key,
    settle_host_key,
    switch_to_next_key,
    trust_next_host_key,
)
from companies.actors import Actor
from companies.models import Alarm, AuditEvent
from tests.agreements.builders import make_connection
from tests.bank_gateway.sftp_bank import USERNAME, SftpBank, private_text, public_text
from tests.companies.builders import make_company

pytestmark = pytest.mark.django_db
CENTRAL = Actor.system("central")


@pytest.fixture
def line(bank: SftpBank) -> Connection:
    from bank_gateway.relay.services import create_connection

    return create_connection(
        company_id=make_company().pk, bank="dnb", host="127.0.0.1", port=bank.port, username=USERNAME,
        private_key=private_text("portal"), host_key=public_text("bank"), actor=CENTRAL,
    )  # fmt: skip


def restart(bank: SftpBank, **changes: Any) -> None:
    close_lines()
    bank.stop()
    for name, value in changes.items():
        setattr(bank, name, value)
    bank.start()


def fresh(line: Connection) -> Connection:
    return Connection.objects.get(pk=line.pk)


def test_a_new_key_of_ours_is_not_used_before_the_bank_lets_it_in(bank: SftpBank, line: Connection) -> None:
    made = make_next_key(connection_id=line.pk, actor=CENTRAL)
    before = bytes(line.private_key)
    with pytest.raises(ConflictError) as refusal:
        switch_to_next_key(connection_id=line.pk, actor=CENTRAL)
    assert refusal.value.code == "connection_key_unproven"
    assert bytes(fresh(line).private_key) == before
    assert probe_line(connection=fresh(line)) == ""

    restart(bank, also_let_in=[made.next_public_key])
    switch_to_next_key(connection_id=line.pk, actor=CENTRAL)

    switched = fresh(line)
    assert bytes(switched.private_key) != before
    assert (switched.next_private_key, switched.next_public_key) == (None, "")
    assert switched.key_changed_at is not None
    assert probe_line(connection=switched) == ""


def test_one_new_key_waits_at_a_time_and_may_be_thrown_away(line: Connection) -> None:
    first = make_next_key(connection_id=line.pk, actor=CENTRAL).next_public_key
    with pytest.raises(ConflictError) as refusal:
        make_next_key(connection_id=line.pk, actor=CENTRAL)
    assert refusal.value.code == "connection_key_pending"
    drop_next_key(connection_id=line.pk, actor=CENTRAL)
    with pytest.raises(ConflictError):
        switch_to_next_key(connection_id=line.pk, actor=CENTRAL)
    assert make_next_key(connection_id=line.pk, actor=CENTRAL).next_public_key != first


def test_the_banks_old_and_new_host_key_are_both_trusted_until_one_is_left(bank: SftpBank, line: Connection) -> None:
    trust_next_host_key(connection_id=line.pk, host_key=public_text("bank-2027"), actor=CENTRAL)
    assert probe_line(connection=fresh(line)) == ""

    restart(bank, host_key_name="bank-2027")
    assert probe_line(connection=fresh(line)) == ""
    settle_host_key(connection_id=line.pk, take=True, actor=CENTRAL)
    assert probe_line(connection=fresh(line)) == ""

    restart(bank, host_key_name="bank")
    assert "another host key" in probe_line(connection=fresh(line))


def test_a_host_key_that_nobody_announced_is_never_trusted(bank: SftpBank, line: Connection) -> None:
    restart(bank, host_key_name="intruder")

    assert "another host key" in probe_line(connection=line)
    assert fresh(line).failures == 1
    assert Alarm.objects.filter(code="bank_line_down", severity="red").exists()


def test_leaving_the_new_host_key_keeps_the_old_alone(bank: SftpBank, line: Connection) -> None:
    trust_next_host_key(connection_id=line.pk, host_key=public_text("bank-2027"), actor=CENTRAL)
    settle_host_key(connection_id=line.pk, take=False, actor=CENTRAL)
    restart(bank, host_key_name="bank-2027")

    assert "another host key" in probe_line(connection=fresh(line))


@pytest.mark.parametrize("text", ["", "ssh-ed25519 AAAA", "not a key", "æøå"])
def test_what_is_no_key_is_refused(line: Connection, text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        trust_next_host_key(connection_id=line.pk, host_key=text, actor=CENTRAL)
    assert refusal.value.code == "connection_key_unreadable"
    assert fresh(line).next_host_key == ""


def test_the_key_that_is_pinned_already_is_no_second(line: Connection) -> None:
    with pytest.raises(ConflictError) as refusal:
        trust_next_host_key(connection_id=line.pk, host_key=f"{public_text('bank').strip()} a comment", actor=CENTRAL)
    assert refusal.value.code == "host_key_same"


def test_a_bank_that_is_gone_is_said_so_and_counted() -> None:
    line = make_connection(company=make_company())

    assert probe_line(connection=line) != ""
    assert fresh(line).failures == 1


def test_no_private_half_stands_in_the_audit_or_on_a_page(line: Connection) -> None:
    made = make_next_key(connection_id=line.pk, actor=CENTRAL)
    said = str(list(AuditEvent.objects.values_list("details", flat=True)))

    assert "PRIVATE KEY" not in said
    assert "PRIVATE" not in bytes(made.next_private_key or b"").decode("latin1")
    assert fingerprint_of(made.next_public_key).startswith("SHA256:")

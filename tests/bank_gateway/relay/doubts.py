"""Files in doubt, and the operators who decide about them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from autopay_portal.core.clocks import business_now
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import Connection, Doubt, DoubtDecision, OutgoingFile, Verdict
from bank_gateway.relay.evidence import Facts, gather_facts
from bank_gateway.relay.services import BankWords, Decision, decide_doubt, examine_doubt, send_outgoing
from companies.actors import Actor
from companies.models import User
from companies.services import create_user, make_operator
from tests.bank_gateway.relay.conftest import SYSTEM, queue_file
from tests.bank_gateway.relay.test_sending_exactly_once import broken, long_ago
from tests.bank_gateway.sftp_bank import SftpBank

AT_BANK, NOT_AT_BANK = Verdict.AT_BANK, Verdict.NOT_AT_BANK


def operator(name: str) -> User:
    """Make an operator."""
    user = create_user(email=f"{name.lower()}@autopay.example", name=name, actor=SYSTEM)
    make_operator(user=user, actor=SYSTEM)
    return user


def doubted(line: Connection, bank: SftpBank, *, shows: str, number: int = 1, **more: Any) -> OutgoingFile:
    """Put a file in doubt long ago, the bank's folder showing `nothing`, `part`, `final` or `other_size`."""
    outgoing = queue_file(line, number=number, **more)
    name = outgoing.name

    def rename(real: Any, part: str, final: str) -> None:
        if shows != "part":
            real.rename_uploaded(part, final)
        if shows == "nothing":
            (bank.to_bank / name).unlink()
        if shows == "other_size":
            (bank.to_bank / name).write_bytes(b"somebody else's")
        raise BankChannelError("the line broke", permanent=False)

    send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=rename))
    long_ago(outgoing)
    outgoing.refresh_from_db()
    return outgoing


def facts_of(outgoing: OutgoingFile) -> Facts:
    """Return what is known about a file's open doubt."""
    return gather_facts(Doubt.objects.get(outgoing=outgoing, ended_at=None))


def words(**changes: Any) -> BankWords:
    """Return something that the bank said just now."""
    return BankWords(**{"text": "Vi har den ikke", "person": "Ida i DNB", "spoken_at": business_now(), **changes})


def decide(outgoing: OutgoingFile, user: User, verdict: str, *, seen: str = "", **changes: Any) -> Decision:
    """Let an operator decide on what is known now, unless `seen` says on what."""
    return decide_doubt(
        outgoing_id=outgoing.pk,
        actor=Actor.user(user),
        verdict=verdict,
        bank_words=words(**changes),
        seen=seen or facts_of(outgoing).seen,
    )


def look(outgoing: OutgoingFile, **replaced: Callable[..., Any]) -> str:
    """Look at the bank's folder, as the sweep lets workers do, and return the file's state."""
    return examine_doubt(outgoing_id=outgoing.pk, **({"channel_of": broken(**replaced)} if replaced else {})).value


def standing_decisions(outgoing: OutgoingFile) -> list[tuple[str, str]]:
    """Return who decided what and counts still."""
    found = DoubtDecision.objects.filter(doubt__outgoing=outgoing, fell_at=None).order_by("recorded_at")
    return list(found.values_list("user__name", "verdict"))


def fallen_decisions(outgoing: OutgoingFile) -> list[tuple[str, str]]:
    """Return whose decisions count no more, and why."""
    found = DoubtDecision.objects.filter(doubt__outgoing=outgoing).exclude(fell_at=None).order_by("fell_at")
    return list(found.values_list("user__name", "fell_because"))


def business_day_later(outgoing: OutgoingFile, days: int) -> None:
    """Let the first delivery have been tried so many days ago."""
    ago = business_now() - timedelta(days=days)
    OutgoingFile.objects.filter(pk=outgoing.pk).update(first_renaming_business_at=ago)
    outgoing.refresh_from_db()

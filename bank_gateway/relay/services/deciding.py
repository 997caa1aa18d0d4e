"""Ending a doubt by two operators' decision, the bank's words attached (docs/money.md 2.4, 2.6, 2.7).

Two distinct operators must decide the same on the same facts; until then nothing happens. "The bank has it" takes
effect at once. "The bank does not have it", about a file that may lie half delivered, is carried out by the worker that
has removed the unfinished upload first: no late rename may deliver what is about to be sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.timezone import localtime

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from bank_gateway.models import (
    Doubt,
    DoubtDecision,
    DoubtKind,
    EndedBy,
    FellBecause,
    OutgoingFile,
    OutgoingState,
    Verdict,
)
from bank_gateway.relay.access import operators_among
from bank_gateway.relay.dispatch import send_soon
from bank_gateway.relay.evidence import Facts, concluded_from, gather_facts, too_early
from bank_gateway.relay.services.doubting import end_doubt
from bank_gateway.relay.services.restored import settle_forgotten
from bank_gateway.takers import Decided, Opinion, listener_of
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.services import record_audit

_NEEDED = 2
_RELAY = Actor.system("relay")


@dataclass(frozen=True, slots=True)
class BankWords:
    """What the bank said about a file: the words, who there said them, and when (business time)."""

    text: str
    person: str
    spoken_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a decision: whether another is still needed, and whether operators disagree."""

    decision: DoubtDecision
    takes_effect: bool
    differs: bool


@transaction.atomic
def decide_doubt(
    *, outgoing_id: UUID, actor: Actor, verdict: Verdict | str, bank_words: BankWords, seen: str
) -> Decision:
    """Keep an operator's decision about a file in doubt; the second that says the same takes effect.

    `seen` is the hash of the facts that he was shown (`evidence.Facts.seen`). Raises UserLacksRoleError for anybody
    but an operator in person; NotFoundError; ConflictError `doubt_settled`, `doubt_changed`, `doubt_agreed`,
    `doubt_decided_by_you`; DomainError `doubt_too_early`, `bank_words_missing`, `bank_words_in_future`,
    `bank_words_too_early`, `verdict_unknown`.
    """
    if verdict not in Verdict.values:
        raise DomainError("verdict_unknown")
    outgoing, doubt = _locked(outgoing_id)
    earlier = list(doubt.decisions.filter(fell_at=None).select_related("user").order_by("decided_at"))
    person = _person(actor)
    operators = operators_among(user_ids={person, *(each.user_id for each in earlier)})
    if person not in operators:
        raise UserLacksRoleError()
    if doubt.agreed_at is not None:
        raise ConflictError("doubt_agreed")
    facts = gather_facts(doubt)
    if seen != facts.seen:
        raise ConflictError("doubt_changed")
    _check_words(bank_words, Verdict(verdict), outgoing)
    fallen = _fallen(earlier, operators, facts, person, Verdict(verdict))
    decision = _keep(doubt, person, Verdict(verdict), bank_words, seen)
    _let_fall(outgoing, fallen)
    listener_of(outgoing.subject_kind).opinion(outgoing=outgoing, opinion=Opinion(actor=actor, details=_said(decision)))
    standing = [*(each for each in earlier if each not in dict(fallen)), decision]
    agree = len({each.verdict for each in standing}) == 1
    takes_effect = agree and len(standing) >= _NEEDED
    if takes_effect:
        _take_effect(outgoing, doubt, standing)
    _audit_decision(outgoing, decision, fallen, takes_effect=takes_effect)
    return Decision(decision=decision, takes_effect=takes_effect, differs=not agree)


def _locked(outgoing_id: UUID) -> tuple[OutgoingFile, Doubt]:
    outgoing = (
        OutgoingFile.objects.select_for_update(of=("self",)).select_related("connection").filter(pk=outgoing_id).first()
    )
    if outgoing is None:
        raise NotFoundError()
    doubt = Doubt.objects.select_for_update().filter(outgoing=outgoing, ended_at=None).first()
    if doubt is None:
        raise ConflictError("doubt_settled")
    return outgoing, doubt


def _person(actor: Actor) -> UUID:
    """Return the id of the person who decides; a key, a bank or the system itself is nobody (docs/security.md)."""
    if actor.kind != "user" or actor.user_id is None or actor.key_id is not None:
        raise UserLacksRoleError()
    return actor.user_id


def _check_words(words: BankWords, verdict: Verdict, outgoing: OutgoingFile) -> None:
    if not words.text.strip() or not words.person.strip():
        raise DomainError("bank_words_missing")
    if words.spoken_at > business_now():
        raise DomainError("bank_words_in_future")
    if verdict != Verdict.NOT_AT_BANK:
        return
    earliest = concluded_from(outgoing)
    params = {"moment": date_format(localtime(earliest), "SHORT_DATETIME_FORMAT") if earliest else ""}
    if too_early(outgoing):
        raise DomainError("doubt_too_early", params=params)
    if earliest is not None and words.spoken_at < earliest.replace(second=0, microsecond=0):
        raise DomainError("bank_words_too_early", params=params)


def _fallen(
    earlier: Sequence[DoubtDecision], operators: frozenset[UUID], facts: Facts, person: UUID, verdict: Verdict
) -> list[tuple[DoubtDecision, FellBecause]]:
    """Return the decisions that count no more, and why. The same person deciding the same again is refused."""
    fallen = []
    for each in earlier:
        if each.user_id not in operators:
            fallen.append((each, FellBecause.RIGHTS))
        elif each.seen != facts.seen:
            fallen.append((each, FellBecause.FACTS))
        elif each.user_id == person:
            if each.verdict == verdict:
                raise ConflictError("doubt_decided_by_you")
            fallen.append((each, FellBecause.CHANGED))
    return fallen


def _keep(doubt: Doubt, person: UUID, verdict: Verdict, words: BankWords, seen: str) -> DoubtDecision:
    """Store a decision; one person's older one falls first, since nobody counts twice."""
    older = doubt.decisions.filter(user_id=person, fell_at=None)
    older.update(fell_at=business_now(), fell_because=FellBecause.CHANGED)
    return DoubtDecision.objects.create(
        doubt=doubt,
        user_id=person,
        verdict=verdict,
        bank_text=words.text.strip(),
        bank_person=words.person.strip(),
        bank_spoke_at=words.spoken_at,
        seen=seen,
        decided_at=business_now(),
    )


def _let_fall(outgoing: OutgoingFile, fallen: Sequence[tuple[DoubtDecision, FellBecause]]) -> None:
    """Note that decisions count no more, in the payments' course too."""
    for decision, because in fallen:
        DoubtDecision.objects.filter(pk=decision.pk).update(fell_at=business_now(), fell_because=because)
        details = {**_said(decision), "fell": because.value, "of": decision.user.name}
        opinion = Opinion(actor=_RELAY, details=details)
        listener_of(outgoing.subject_kind).opinion(outgoing=outgoing, opinion=opinion)


def _said(decision: DoubtDecision) -> dict[str, Any]:
    return {
        "verdict": str(decision.verdict),
        "bank_text": decision.bank_text,
        "bank_person": decision.bank_person,
        "bank_spoke_at": decision.bank_spoke_at.isoformat(),
    }


def _take_effect(outgoing: OutgoingFile, doubt: Doubt, standing: Sequence[DoubtDecision]) -> None:
    if standing[-1].verdict == Verdict.AT_BANK:
        _settle_at_bank(outgoing, doubt, standing)
    elif doubt.kind == DoubtKind.DELIVERY:
        doubt.agreed_at = business_now()
        doubt.save(update_fields=["agreed_at"])
        send_soon(outgoing.pk)
    else:
        _settle_missing(outgoing, doubt, standing, same_file=False)


def _settle_at_bank(outgoing: OutgoingFile, doubt: Doubt, standing: Sequence[DoubtDecision]) -> None:
    """Wait for the bank's answer: the file counts as sent, from when it was delivered at the earliest."""
    if outgoing.state == OutgoingState.IN_DOUBT:
        outgoing.state = OutgoingState.ANSWERED if outgoing.answered_at else OutgoingState.SENT
        since = outgoing.first_renaming_business_at or outgoing.in_doubt_business_at
        outgoing.sent_at = outgoing.sent_at or outgoing.in_doubt_at
        outgoing.sent_business_at = outgoing.sent_business_at or since
        outgoing.save(update_fields=["state", "sent_at", "sent_business_at"])
    settle_forgotten(outgoing)
    listener_of(outgoing.subject_kind).at_bank(outgoing=outgoing, decided=_decided(standing))
    end_doubt(outgoing.pk, by=EndedBy.DECISION)


def _settle_missing(
    outgoing: OutgoingFile, doubt: Doubt, standing: Sequence[DoubtDecision], *, same_file: bool
) -> None:
    """Send again: the same file where the bank would know a second copy, otherwise its payments in a new one."""
    if same_file:
        outgoing.state = OutgoingState.QUEUED
        outgoing.next_attempt_at = None
        outgoing.save(update_fields=["state", "next_attempt_at"])
        send_soon(outgoing.pk)
    elif outgoing.state == OutgoingState.IN_DOUBT:
        outgoing.state = OutgoingState.WITHDRAWN
        outgoing.closed_at = Now()
        outgoing.save(update_fields=["state", "closed_at"])
    settle_forgotten(outgoing, whole_order=True)
    listener = listener_of(outgoing.subject_kind)
    listener.not_at_bank(outgoing=outgoing, decided=_decided(standing), same_file=same_file)
    end_doubt(outgoing.pk, by=EndedBy.DECISION)


def _decided(standing: Sequence[DoubtDecision]) -> Decided:
    last = standing[-1]
    details = {**_said(last), "operators": [each.user.name for each in standing]}
    return Decided(actor=Actor.user(last.user), details=details)


@transaction.atomic
def carry_out(*, outgoing_id: UUID) -> bool:
    """Carry out that the bank doesn't have a file, once its folder holds nothing that could still be delivered.

    Only if the facts are still those on which two operators agreed; otherwise their decisions fall. Returns whether
    it was carried out.
    """
    outgoing = (
        OutgoingFile.objects.select_for_update(of=("self",)).select_related("connection").filter(pk=outgoing_id).first()
    )
    doubt = Doubt.objects.select_for_update().filter(outgoing_id=outgoing_id, ended_at=None).first()
    if outgoing is None or doubt is None or doubt.agreed_at is None:
        return False
    standing = list(doubt.decisions.filter(fell_at=None).select_related("user").order_by("decided_at"))
    facts = gather_facts(doubt)
    if any(each.seen != facts.seen for each in standing):
        _drop(outgoing, doubt, standing)
        return False
    _settle_missing(outgoing, doubt, standing, same_file=facts.same_file)
    _audit(outgoing, Actor.user(standing[-1].user), "doubt.carried_out", {"same_file": facts.same_file})
    return True


@transaction.atomic
def drop_changed(*, outgoing_id: UUID) -> None:
    """Let every decision about a file's doubt fall: what is known has changed since."""
    outgoing = OutgoingFile.objects.select_for_update().get(pk=outgoing_id)
    doubt = Doubt.objects.select_for_update().filter(outgoing=outgoing, ended_at=None).first()
    if doubt is not None:
        _drop(outgoing, doubt, list(doubt.decisions.filter(fell_at=None).select_related("user")))


def _drop(outgoing: OutgoingFile, doubt: Doubt, decisions: Sequence[DoubtDecision]) -> None:
    doubt.agreed_at = None
    doubt.save(update_fields=["agreed_at"])
    if not decisions:
        return
    _let_fall(outgoing, [(each, FellBecause.FACTS) for each in decisions])
    for each in decisions:
        _audit(outgoing, _RELAY, "doubt.decision_fell", _audited(each, FellBecause.FACTS))


def _audit_decision(
    outgoing: OutgoingFile,
    decision: DoubtDecision,
    fallen: Sequence[tuple[DoubtDecision, FellBecause]],
    *,
    takes_effect: bool,
) -> None:
    for each, because in fallen:
        _audit(outgoing, _RELAY, "doubt.decision_fell", _audited(each, because))
    details = {
        "verdict": str(decision.verdict),
        "seen": decision.seen,
        "takes_effect": takes_effect,
        "decision": str(decision.pk),
    }
    _audit(outgoing, Actor.user(decision.user), "doubt.decided", details, decision)


def _audited(decision: DoubtDecision, because: FellBecause) -> dict[str, str]:
    return {"decision": str(decision.pk), "verdict": str(decision.verdict), "because": because.value}


def _audit(
    outgoing: OutgoingFile,
    actor: Actor,
    action: str,
    details: Mapping[str, Any],
    decision: DoubtDecision | None = None,
) -> None:
    """Write the audit; what the bank said, and who there, is personal and can be erased."""
    personal = {"bank_text": decision.bank_text, "bank_person": decision.bank_person} if decision else None
    record_audit(
        company_id=outgoing.company_id,
        actor=actor,
        action=action,
        subject_kind="outgoing_file",
        subject_id=outgoing.pk,
        details={"bank_message_id": outgoing.bank_message_id, **details},
        personal=personal,
    )

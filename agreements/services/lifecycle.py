"""An agreement's life: draft, ordered, sent to the bank, confirmed, active, closed; each step is kept."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from agreements.letters import tell_of_step
from agreements.models import Agreement, AgreementTest, ShareStatus, Status, StatusChange
from agreements.open_items import open_items_of
from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.services import record_audit

_TESTS_KEPT = 5
# A refused agreement may be ordered anew; nothing comes back from closed.
STEPS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.ORDERED, Status.CLOSED}),
        Status.ORDERED: frozenset({Status.SENT_TO_BANK, Status.CLOSED}),
        Status.SENT_TO_BANK: frozenset({Status.CONFIRMED_BY_BANK, Status.REFUSED_BY_BANK, Status.CLOSED}),
        Status.CONFIRMED_BY_BANK: frozenset({Status.ACTIVE, Status.CLOSED}),
        Status.ACTIVE: frozenset({Status.CLOSED}),
        Status.REFUSED_BY_BANK: frozenset({Status.ORDERED, Status.CLOSED}),
        Status.CLOSED: frozenset(),
    }
)


@transaction.atomic
def order_agreement(*, agreement_id: UUID, actor: Actor) -> Agreement:
    """Order a drafted agreement (or a refused one anew). Raises ConflictError `agreement_step_impossible`."""
    return _step(_lock(agreement_id), to=Status.ORDERED, actor=actor)


@transaction.atomic
def send_to_bank(*, agreement_id: UUID, actor: Actor) -> Agreement:
    """Note that the signed form has gone to the bank."""
    return _step(_lock(agreement_id), to=Status.SENT_TO_BANK, actor=actor)


@transaction.atomic
def confirm_by_bank(
    *,
    agreement_id: UUID,
    connection_id: UUID,
    actor: Actor,
    customer_id: str | None = None,
    division: str | None = None,
    bank_agreement_id: str | None = None,
) -> Agreement:
    """Note the bank's confirmation: the line it goes over, and the ids the bank gave where it gave any.

    Raises ConflictError `agreement_exists` when the bank has confirmed the account for another agreement.
    """
    agreement = _lock(agreement_id)
    agreement.connection_id = connection_id
    given = {"customer_id": customer_id, "division": division, "bank_agreement_id": bank_agreement_id}
    for field, value in given.items():
        if value is not None:
            setattr(agreement, field, value)
    return _step(agreement, to=Status.CONFIRMED_BY_BANK, actor=actor)


@transaction.atomic
def refuse_by_bank(*, agreement_id: UUID, remark: str, actor: Actor) -> Agreement:
    """Note that the bank has refused the agreement, with its words."""
    return _step(_lock(agreement_id), to=Status.REFUSED_BY_BANK, actor=actor, remark=remark)


@transaction.atomic
def set_active(*, agreement_id: UUID, actor: Actor) -> Agreement:
    """Set a confirmed agreement active: money may move on it once the ERP switches it on too.

    Raises ConflictError `agreement_without_line` (409) when it has no line to the bank.
    """
    agreement = _lock(agreement_id)
    if agreement.connection_id is None:
        raise ConflictError("agreement_without_line")
    return _step(agreement, to=Status.ACTIVE, actor=actor)


@transaction.atomic
def close_agreement(*, agreement_id: UUID, actor: Actor, remark: str = "", seen: int | None = None) -> Agreement:
    """Close an agreement for good, and what it is shared as with it; the ERP can't use it any more.

    What the bank has is followed to its end; what hasn't left is never sent. `seen` is how many payments that aren't
    final a person saw before he decided: ConflictError (409) `close_changed` when they are others now.
    """
    agreement = _lock(agreement_id)
    if seen is not None and (standing := open_items_of(agreement, most=1).count) != seen:
        raise ConflictError("close_changed", params={"count": standing})
    for shared in Agreement.objects.select_for_update(no_key=True).filter(shared_from=agreement, status=Status.ACTIVE):
        shared.erp_active = False
        _step(shared, to=Status.CLOSED, actor=actor, remark=remark)
    agreement.shares.filter(status=ShareStatus.ACCEPTED).update(status=ShareStatus.ENDED, decided_at=machine_now())
    agreement.shares.filter(status=ShareStatus.INVITED).update(status=ShareStatus.WITHDRAWN, decided_at=machine_now())
    agreement.erp_active = False
    return _step(agreement, to=Status.CLOSED, actor=actor, remark=remark)


@transaction.atomic
def note_test(
    *, agreement_id: UUID, passed: bool, actor: Actor, checks: Sequence[Mapping[str, object]] = ()
) -> Agreement:
    """Keep the outcome of a test of set-up and communication; one that failed switches the ERP's use off.

    `checks` as `setup_check.said_in_both` gives them; the last runs are kept to be shown.
    """
    agreement = _lock(agreement_id)
    agreement.last_test_at = business_now()
    agreement.last_test_ok = passed
    agreement.erp_active = agreement.erp_active and passed
    agreement.save(update_fields=["last_test_at", "last_test_ok", "erp_active"])
    _keep_test(agreement=agreement, passed=passed, actor=actor, checks=checks)
    _audit(agreement=agreement, actor=actor, action="agreement.tested", details={"passed": passed})
    return agreement


@transaction.atomic
def activate_for_erp(*, agreement_id: UUID, actor: Actor) -> Agreement:
    """Switch an active agreement on for the ERP, after a test that passed; doing it twice changes nothing.

    Raises ConflictError (409) `agreement_step_impossible` unless it is active at the bank, `test_not_passed`
    when its last test failed or there was none.
    """
    agreement = _lock(agreement_id)
    if agreement.status != Status.ACTIVE:
        raise step_impossible(agreement=agreement, to=Status.ACTIVE)
    if not agreement.last_test_ok:
        raise ConflictError("test_not_passed")
    if not agreement.erp_active:
        _switch_erp(agreement=agreement, on=True, actor=actor)
    return agreement


@transaction.atomic
def deactivate_for_erp(*, agreement_id: UUID, actor: Actor) -> Agreement:
    """Switch an agreement off for the ERP; what was sent before goes on."""
    agreement = _lock(agreement_id)
    if agreement.erp_active:
        _switch_erp(agreement=agreement, on=False, actor=actor)
    return agreement


def note_step(*, agreement: Agreement, from_status: str, actor: Actor, remark: str = "") -> None:
    """Write the history row of an agreement's present status, and the audit. For the services of this room."""
    last = agreement.status_changes.aggregate(last=Max("sequence"))["last"] or 0
    StatusChange.objects.create(
        agreement=agreement,
        sequence=last + 1,
        from_status=from_status,
        to_status=agreement.status,
        at=business_now(),
        actor_kind=actor.kind,
        actor_id=actor.user_id,
        actor_name=actor.name,
        remark=remark,
    )
    _audit(
        agreement=agreement,
        actor=actor,
        action="agreement.status",
        details={"from": from_status, "to": agreement.status},
    )


def _keep_test(*, agreement: Agreement, passed: bool, actor: Actor, checks: Sequence[Mapping[str, object]]) -> None:
    AgreementTest.objects.create(
        agreement=agreement,
        passed=passed,
        checks=[dict(check) for check in checks],
        actor_name=actor.name,
        at=business_now(),
    )
    newest = AgreementTest.objects.filter(agreement=agreement).order_by("-pk").values_list("pk", flat=True)
    AgreementTest.objects.filter(agreement=agreement).exclude(pk__in=list(newest[:_TESTS_KEPT])).delete()


def _lock(agreement_id: UUID) -> Agreement:
    agreement = Agreement.objects.select_for_update(no_key=True).filter(pk=agreement_id).first()
    if agreement is None:
        raise NotFoundError()
    return agreement


def _step(agreement: Agreement, *, to: Status, actor: Actor, remark: str = "") -> Agreement:
    before = Status(agreement.status)
    if to not in STEPS[before]:
        raise step_impossible(agreement=agreement, to=to)
    agreement.status = to
    try:
        with transaction.atomic():
            agreement.save()
    except IntegrityError as error:
        if "agreement_once_per" not in str(error):
            raise
        raise ConflictError("agreement_exists", params={"account": agreement.account}) from None
    tell_of_step(agreement=agreement, actor=actor)
    note_step(agreement=agreement, from_status=before, actor=actor, remark=remark)
    return agreement


def step_impossible(*, agreement: Agreement, to: Status) -> ConflictError:
    """Return the refusal of a step that an agreement can't take from where it stands."""
    # Labels stay lazy: the refusal is told in the reader's language, and at the API in both.
    labels = {"from_status": Status(agreement.status).label, "to_status": to.label}
    return ConflictError("agreement_step_impossible", params=labels)


def _switch_erp(*, agreement: Agreement, on: bool, actor: Actor) -> None:
    agreement.erp_active = on
    agreement.save(update_fields=["erp_active"])
    _audit(agreement=agreement, actor=actor, action="agreement.erp_active", details={"on": on})


def _audit(*, agreement: Agreement, actor: Actor, action: str, details: Mapping[str, object]) -> None:
    record_audit(
        company_id=agreement.company_id,
        actor=actor,
        action=action,
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"number": agreement.number, **details},
    )

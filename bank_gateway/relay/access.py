"""The only way from an operator and an id in a request to what the relay keeps."""

from collections.abc import Set
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from autopay_portal.core.errors import NotFoundError
from bank_gateway.models import Connection, Deviation, IncomingFile, OutgoingFile, Pause, PauseScope
from bank_gateway.relay.standing_pauses import StandingPause, get_standing_pauses
from companies.access import Permission, as_uuid, is_operator, permissions_in
from companies.errors import UserLacksRoleError
from companies.models import Operator, User

Reader = User | AnonymousUser


def require_operator(*, user: Reader) -> None:
    """Let an operator pass. Raises UserLacksRoleError for anybody else: the relay is nobody's company."""
    if not is_operator(user=user):
        raise UserLacksRoleError()


def operators_among(*, user_ids: Set[UUID]) -> frozenset[UUID]:
    """Return those of these people who are operators, and keep them so to the end of the caller's transaction."""
    found = Operator.objects.select_for_update(of=("self",)).filter(user_id__in=user_ids, user__is_active=True)
    return frozenset(found.order_by("user_id").values_list("user_id", flat=True))


def operators_still(*, user_ids: Set[UUID]) -> frozenset[UUID]:
    """Return those of these people who are operators now."""
    found = Operator.objects.filter(user_id__in=user_ids, user__is_active=True)
    return frozenset(found.values_list("user_id", flat=True))


def access_doubted_file(*, user: Reader, outgoing_id: UUID | str) -> OutgoingFile:
    """Return a file to a bank that is or was in doubt, for an operator. Raises UserLacksRoleError, NotFoundError."""
    require_operator(user=user)
    files = OutgoingFile.objects.select_related("connection", "company")
    found = files.filter(pk=as_uuid(outgoing_id), doubts__isnull=False).first()
    if found is None:
        raise NotFoundError()
    return found


def access_incoming_file(*, user: Reader, file_id: UUID | str) -> IncomingFile:
    """Return a file from a bank for an operator. Raises UserLacksRoleError, NotFoundError."""
    require_operator(user=user)
    found = IncomingFile.objects.select_related("connection__company").filter(pk=as_uuid(file_id)).first()
    if found is None:
        raise NotFoundError()
    return found


def access_deviation(*, user: Reader, deviation_id: UUID | str) -> Deviation:
    """Return a deviation for an operator. Raises UserLacksRoleError, NotFoundError."""
    require_operator(user=user)
    found = (
        Deviation.objects.select_related("file__connection__company", "resolved_by")
        .filter(pk=as_uuid(deviation_id))
        .first()
    )
    if found is None:
        raise NotFoundError()
    return found


def access_connection(*, user: Reader, connection_id: UUID | str) -> Connection:
    """Return a line to a bank for an operator, without our keys. Raises UserLacksRoleError, NotFoundError."""
    require_operator(user=user)
    found = Connection.objects.select_related("company").filter(pk=as_uuid(connection_id)).first()
    if found is None:
        raise NotFoundError()
    return found


def access_pause(*, user: Reader, pause_id: UUID | str) -> Pause:
    """Return a pause for an operator. Raises UserLacksRoleError, NotFoundError."""
    require_operator(user=user)
    found = Pause.objects.filter(pk=as_uuid(pause_id)).first()
    if found is None:
        raise NotFoundError()
    return found


def may_lift(*, standing: StandingPause, permissions: frozenset[Permission]) -> bool:
    """Tell whether somebody in a company may lift a pause that concerns it: only what its own people laid.

    An operator may lift any. `standing` comes from `get_standing_pauses` of the company, which finds no other's.
    """
    if Permission.OPERATE in permissions:
        return True
    own = standing.pause.scope in (PauseScope.AGREEMENT, PauseScope.COMPANY)
    by_its_people = bool(standing.by) and not standing.by_central
    return Permission.PAUSE in permissions and own and by_its_people


def access_pause_of_company(*, user: Reader, company_id: UUID, pause_id: UUID | str) -> StandingPause:
    """Return a pause in force that a reader may lift from his company's page.

    Raises NotFoundError for one that doesn't concern the company, UserLacksRoleError for one that isn't his to lift.
    """
    permissions = permissions_in(user=user, company_id=company_id)
    wanted = as_uuid(pause_id)
    found = [pause for pause in get_standing_pauses(company_id=company_id) if pause.id == wanted]
    if not permissions or not found:
        raise NotFoundError()
    if not may_lift(standing=found[0], permissions=permissions):
        raise UserLacksRoleError()
    return found[0]

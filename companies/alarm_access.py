"""What somebody may do about an alarm, and the only way from an id in a request to one."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from autopay_portal.core.errors import NotFoundError
from companies.access import Permission, access_with_permissions, as_uuid, is_operator
from companies.alarm_kinds import Handler, kind_of
from companies.errors import UserLacksRoleError
from companies.models import Alarm, User

Reader = User | AnonymousUser
CENTRAL = frozenset({Permission.OPERATE, Permission.TAKE_ALARMS})


def may_take(*, code: str, permissions: frozenset[Permission]) -> bool:
    """Tell whether somebody may say that he sees to an alarm.

    Operators may of all. The company's own people only where the task is theirs: an alarm that they had taken would
    look seen to at AutoPay Central.
    """
    kind = kind_of(code)
    own_task = kind is not None and kind.handler is Handler.COMPANY
    return Permission.OPERATE in permissions or (own_task and Permission.TAKE_ALARMS in permissions)


def may_close(*, code: str, permissions: frozenset[Permission]) -> bool:
    """Tell whether somebody may end an alarm by his word: only one that nothing else can end."""
    kind = kind_of(code)
    if kind is None:
        return Permission.OPERATE in permissions
    return kind.closed_by is not None and bool({kind.closed_by, Permission.OPERATE} & permissions)


def permissions_about(*, user: Reader, company_id: UUID | None) -> frozenset[Permission]:
    """Return what somebody may do about a company's alarms, or (None) at AutoPay Central about everybody's.

    Raises NotFoundError for another's company, UserLacksRoleError at AutoPay Central for who is no operator.
    """
    if company_id is None:
        if not is_operator(user=user):
            raise UserLacksRoleError()
        return CENTRAL
    return access_with_permissions(user=user, company_id=company_id, permission=Permission.READ)[1]


def access_alarm_to_take(*, user: Reader, company_id: UUID | None, alarm_id: UUID | str) -> Alarm:
    """Return an alarm that somebody may take. Raises NotFoundError, UserLacksRoleError."""
    permissions = permissions_about(user=user, company_id=company_id)
    alarm = _find(company_id, alarm_id)
    if not may_take(code=alarm.code, permissions=permissions):
        raise UserLacksRoleError()
    return alarm


def access_alarm_to_close(*, user: Reader, company_id: UUID | None, alarm_id: UUID | str) -> Alarm:
    """Return an alarm that somebody may end by his word, or that ends by itself. Raises as `access_alarm_to_take`."""
    permissions = permissions_about(user=user, company_id=company_id)
    alarm = _find(company_id, alarm_id)
    kind = kind_of(alarm.code)
    ends_by_itself = kind is not None and kind.closed_by is None
    if not ends_by_itself and not may_close(code=alarm.code, permissions=permissions):
        raise UserLacksRoleError()
    return alarm


def _find(company_id: UUID | None, alarm_id: UUID | str) -> Alarm:
    """Return an alarm, at a company's address only one of its own."""
    alarms = Alarm.objects.filter(pk=as_uuid(alarm_id))
    found = (alarms if company_id is None else alarms.filter(company_id=company_id)).first()
    if found is None:
        raise NotFoundError()
    return found

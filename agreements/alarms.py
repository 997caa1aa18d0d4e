"""What the alarms about agreements mean, and who finds an agreement that is stuck on its way to active."""

from collections.abc import Mapping
from typing import Any

from agreements.models import Status
from autopay_portal.core.display import show_account
from autopay_portal.core.errors import noop
from bank_gateway.profiles import bank_name
from companies.alarm_kinds import AlarmKind, register_alarm_kinds
from companies.watches import Watch, register_watch

_STUCK = """
SELECT 'agreement_stuck:' || agreement.id, agreement.company_id, agreement.id, 'agreement', agreement.id::text,
       jsonb_build_object('account', agreement.account, 'bank', agreement.bank, 'status', agreement.status,
                          'number', agreement.number), since.at, NULL::text
  FROM agreements_agreement AS agreement
 CROSS JOIN LATERAL (SELECT max(change.at) AS at FROM agreements_statuschange AS change
                      WHERE change.agreement_id = agreement.id) AS since
 WHERE agreement.status IN ('ordered', 'sent_to_bank', 'confirmed_by_bank')
"""


def _show(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "account": show_account(str(params.get("account", ""))),
        "bank": bank_name(str(params.get("bank", ""))),
        "status": str(Status(params["status"]).label).lower() if params.get("status") in Status.values else "",
    }


KINDS = (
    AlarmKind(
        code="agreement_stuck",
        name=noop("Agreement stuck"),
        says=noop("The agreement on %(account)s at %(bank)s has stood at “%(status)s” for long."),
        means=noop("Nothing is sent or received on it before it is active."),
        do=noop(
            "Ordered: sign the form and send it. Sent: ask the bank where it is. Confirmed: the company sets it active."
        ),
        ends=noop("It is over when the agreement moves on."),
        tells_company=True,
        shows=_show,
    ),
)


def register() -> None:
    """Add this room's alarm to the catalogue, and what watches for it."""
    register_alarm_kinds(KINDS)
    register_watch(Watch("agreement_stuck", _STUCK))

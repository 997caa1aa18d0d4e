"""What the alarms about ledger batches mean, and what ends them (`companies.alarm_kinds`, `companies.watches`)."""

from autopay_portal.core.errors import noop
from companies.access import Permission
from companies.alarm_kinds import AlarmKind, Handler, register_alarm_kinds
from companies.watches import Watch, register_watch

KINDS = (
    AlarmKind(
        code="ledger_batch_failed",
        name=noop("Batch that couldn't be posted"),
        says=noop("The ERP could not post ledger batch %(number)s: %(reason)s"),
        means=noop("The money has moved, but the ledger doesn't show it."),
        do=noop("Mend in the ERP what it complains of, then release the batch on its page: it is fetched again."),
        ends=noop("It is over when the batch is released."),
        handler=Handler.COMPANY,
        tells_company=True,
    ),
    AlarmKind(
        code="ledger_maybe_posted_twice",
        name=noop("Maybe posted twice"),
        says=noop(
            "Ledger batch %(number)s was reported posted under a lease that had been lost: it may be posted twice."
        ),
        means=noop("No money moved twice, but the ledger may show it twice."),
        do=noop("Look for its vouchers in the ledger, reverse one of two, and close the alarm with what you found."),
        handler=Handler.COMPANY,
        closed_by=Permission.ADMINISTER_LEDGER,
        tells_company=True,
    ),
    AlarmKind(
        code="ledger_batch_not_fetched",
        name=noop("Batch not fetched"),
        says=noop("Ledger batch %(number)s is ready, but the ERP hasn't fetched it."),
        means=noop("The money has moved, but the ledger doesn't show it yet."),
        do=noop("See that the ERP's connection to AutoPay runs, or download the batch from its page."),
        ends=noop("It is over when the ERP has fetched the batch."),
        handler=Handler.COMPANY,
        tells_company=True,
    ),
    AlarmKind(
        code="ledger_lease_ran_out",
        name=noop("Posting not confirmed"),
        says=noop("The ERP fetched ledger batch %(number)s, but hasn't said whether it posted it."),
        means=noop("It may stand in the ledger or not. Fetched once more, it may be posted twice."),
        do=noop("Look for its vouchers in the ledger before the batch is fetched again or released."),
        ends=noop("It is over when the ERP has told how it went."),
        handler=Handler.COMPANY,
        tells_company=True,
    ),
)
_STANDS = """
SELECT '{code}:' || batch.id, batch.company_id, batch.agreement_id, 'ledger_batch', batch.id::text,
       jsonb_build_object('number', batch.number {more}), NULL::timestamptz, NULL::text
  FROM erp_gateway_ledgerbatch AS batch WHERE batch.status = '{status}' {stands}
"""
_RAN_OUT = "AND batch.lease_expires_at < clock_timestamp()"


def register() -> None:
    """Add the ledger's alarms to the catalogue, and what watches them."""
    register_alarm_kinds(KINDS)
    for code, status, stands, more in (
        ("ledger_batch_failed", "failed", "", ", 'reason', batch.failed_reason"),
        ("ledger_batch_not_fetched", "ready", "", ""),
        ("ledger_lease_ran_out", "leased", _RAN_OUT, ""),
    ):
        register_watch(Watch(code, _STANDS.format(code=code, status=status, stands=stands, more=more)))

"""What a restored database is told before the portal may use it: what it has forgotten must do no harm."""

from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.models import Session

from autopay_portal.backup.manifest import Manifest
from bank_gateway.relay.services.restored import Hold, hold_after_restore
from companies.actors import Actor
from companies.services import record_audit
from remittance.services.forgotten import Remembered, remember_forgotten_payments

RESTORER = Actor.system("restore")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was done in the restored database."""

    sessions_ended: int
    hold: Hold
    remembered: Remembered


def reconcile(*, manifest: Manifest, manifest_sha256: str) -> Reconciled:
    """Make a restored database safe to be used and return what that took. Nobody uses it yet.

    Every session is ended: it may be one that was signed out, or whose user has lost his rights since. The relay is
    on hold, and the duplicate radar knows the payments that were sent since the backup. The restore itself stands in
    the audit.
    """
    sessions, _ = Session.objects.all().delete()
    hold = hold_after_restore()
    done = Reconciled(sessions_ended=sessions, hold=hold, remembered=remember_forgotten_payments())
    record_audit(
        company_id=None,
        actor=RESTORER,
        action="database.restored",
        subject_kind="backup",
        subject_id=manifest_sha256,
        details=_details(manifest, done),
    )
    return done


def _details(manifest: Manifest, done: Reconciled) -> dict[str, Any]:
    return {
        "taken_at": manifest.taken_at,
        "business_at": manifest.business_at,
        "forgotten_journal_lines": done.hold.forgotten_lines,
        "banks_on_hold": list(done.hold.banks),
        "payments_remembered": done.remembered.payments,
        "files_unreadable": len(done.remembered.unreadable),
    }

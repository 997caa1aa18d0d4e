"""What is known about a doubt, all of it in one place: what operators are shown, and a hash of it.

A decision counts only on the facts that were seen: whoever decides sends the hash, and two decisions count together
only if theirs are the same and still true.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database

from autopay_portal.core.clocks import business_now
from bank_gateway.models import Doubt, ForgottenUpload, OutgoingFile
from bank_gateway.profiles import get_profile
from bank_gateway.relay import journal
from bank_gateway.relay.limits import limits
from bank_gateway.relay.resending import ResendRule, may_send_same_file, resend_rule
from bank_gateway.relay.services.restored import forgotten_uploads_of
from bank_gateway.takers import Standing, listener_of


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known about a file in doubt."""

    outgoing: OutgoingFile
    doubt: Doubt
    standing: Standing
    steps: tuple[journal.JournalLine, ...]
    # Uploads of the same order that a restored database has forgotten.
    forgotten: tuple[ForgottenUpload, ...]
    rule: ResendRule
    # Whether "the bank does not have it" would mean the same file again, or a new one.
    same_file: bool

    @property
    def seen(self) -> str:
        """Return the hash of these facts; the time that passes is none of them."""
        text = json.dumps(self._stated(), sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _stated(self) -> dict[str, Any]:
        file, doubt, standing = self.outgoing, self.doubt, self.standing
        return {
            "doubt": [doubt.pk, doubt.kind, doubt.folder_shows],
            "file": [file.pk, file.state, file.attempt, file.renames, file.sent_at, file.answered_at],
            "journal": [[step.event, step.attempt, step.message_id] for step in self.steps],
            "forgotten": [[upload.bank_message_id, upload.attempt] for upload in self.forgotten],
            "payments": [[each.status, each.sum.count, each.sum.minor, each.sum.currency] for each in standing.lines],
            "given_up": standing.given_up,
            "said": [[said.file_id, said.words] for said in standing.said],
            "same_file": self.same_file,
        }


def gather_facts(doubt: Doubt) -> Facts:
    """Return the facts of a doubt as they are now; its file comes with its line and company."""
    outgoing = OutgoingFile.objects.select_related("connection", "company").get(pk=doubt.outgoing_id)
    return Facts(
        outgoing=outgoing,
        doubt=doubt,
        standing=listener_of(outgoing.subject_kind).standing(outgoing=outgoing),
        steps=tuple(journal.steps_of(outgoing=str(outgoing.pk), message_id=outgoing.bank_message_id)),
        forgotten=tuple(forgotten_uploads_of(outgoing).order_by("generation", "attempt")),
        rule=resend_rule(outgoing),
        same_file=may_send_same_file(outgoing, doubt.kind),
    )


def concluded_from(outgoing: OutgoingFile) -> datetime | None:
    """Return the business moment before which "not at the bank" can't be concluded (docs/money.md 2.5)."""
    if outgoing.in_doubt_business_at is None:
        return None
    answer_time: timedelta = get_profile(outgoing.connection.bank).answer_time
    return outgoing.in_doubt_business_at + answer_time


def too_early(outgoing: OutgoingFile) -> bool:
    """Return whether "not at the bank" can't be concluded yet.

    Lease and longest transfer run by PostgreSQL's clock, the bank's answer time by the business clock.
    """
    concluded = concluded_from(outgoing)
    if concluded is None or business_now() < concluded:
        return True
    bounds = limits()
    with database.cursor() as cursor:
        cursor.execute(
            """SELECT clock_timestamp() - coalesce(renaming_at, in_doubt_at) < make_interval(secs => %s)
               FROM bank_gateway_outgoingfile WHERE id = %s""",
            [bounds.lease + bounds.longest_transfer, outgoing.pk],
        )
        return bool(cursor.fetchone()[0])

"""What the relay's alarms mean, and what ends them (`companies.alarm_kinds`, `companies.watches`)."""

from collections.abc import Mapping
from typing import Any

from autopay_portal.core.errors import noop
from bank_gateway.profiles import bank_name
from companies.access import Permission
from companies.alarm_kinds import AlarmKind, register_alarm_kinds


def show_bank(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the bank of an alarm by its name."""
    return {"bank": bank_name(params["bank"])} if "bank" in params else {}


_SETTLED = noop("It is over when the file's deviations are settled.")

KINDS = (
    AlarmKind(
        code="answer_to_unknown_file",
        name=noop("Answer to an unknown file"),
        says=noop("%(bank)s answered a file that we don't know: %(original_message_id)s."),
        means=noop(
            "Either somebody else sent a file in the company's name, or the database has forgotten one. "
            "The answer changed no payment."
        ),
        do=noop("Ask the bank where the file came from. Close the deviation with what you found out."),
        ends=_SETTLED,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_account_unknown",
        name=noop("Account without an agreement"),
        says=noop("%(bank)s sent entries of accounts without an agreement, in the file %(name)s."),
        means=noop("Money that came or went stands in no ledger yet. The entries are kept, none is lost."),
        do=noop("Set up the account's agreement and release the deviations, or close those that aren't ours."),
        ends=_SETTLED,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_answer_missing",
        name=noop("No answer from the bank"),
        says=noop("%(bank)s hasn't answered the file %(name)s within its answer time."),
        means=noop("The payments may be executed or not. They stand as sent, and nothing is sent again."),
        do=noop(
            "Ask the bank whether it has the file. If it has, ask for its answer again. Never send the payments anew "
            "from the ERP."
        ),
        ends=noop("It is over when the bank has answered."),
        tells_company=True,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_archive_changed",
        name=noop("Changed file in the bank's archive"),
        says=noop("The file %(name)s in the archive at %(bank)s has other bytes than when it was archived."),
        means=noop("It isn't taken. What the bank told in it is missing in the restored database."),
        do=noop("Ask the bank to deliver what it told that day once more, and find out who changed the file."),
        closed_by=Permission.OPERATE,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_archive_unreadable",
        name=noop("Archive at the bank unreadable"),
        says=noop("The archive at %(bank)s can't be read: %(reason)s"),
        means=noop("What was fetched after the backup is missing in the restored database: answers, debits, receipts."),
        do=noop(
            "Ask the bank to deliver all of it once more. What is here already is known again and not booked twice."
        ),
        closed_by=Permission.OPERATE,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_entry_possible_repeat",
        name=noop("Possible repeat of an entry"),
        says=noop("%(bank)s sent %(count)s entries in the file %(name)s that look like earlier ones. They are held."),
        says_one=noop("%(bank)s sent an entry in the file %(name)s that looks like an earlier one. It is held."),
        means=noop("If they are repeats, they are rightly not booked again. If not, money is missing in the ledger."),
        do=noop("Compare with the account's statement at the bank. Release what is there twice, close what isn't."),
        ends=_SETTLED,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_file_quarantined",
        name=noop("File in quarantine"),
        says=noop("The file %(name)s from %(bank)s can't be read. It is kept whole in quarantine."),
        means=noop("Answers, debits and receipts in it aren't seen yet. None of it is applied, none is lost."),
        do=noop(
            "See under Files from banks what is wrong with it. Read it again when its cause is mended, or ask the bank "
            "for a right one and set this one aside."
        ),
        ends=noop("It is over when the file has been read, or is set aside because the bank has sent another."),
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_file_refused",
        name=noop("File that is never taken"),
        says=noop("%(count)s files lie at %(bank)s that are never taken: no plain file, name or size."),
        says_one=noop("A file lies at %(bank)s that is never taken: no plain file, name or size."),
        means=noop("What stands in them isn't seen here. They stay where they lie."),
        do=noop("Ask the bank what they are, and have them removed, or sent again as plain files."),
        ends=noop("It is over when none of them lies there any more."),
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_file_unclaimed",
        name=noop("Part that nobody claims"),
        says=noop("%(count)s parts of the file %(name)s from %(bank)s were claimed by nobody."),
        says_one=noop("A part of the file %(name)s from %(bank)s was claimed by nobody."),
        means=noop("They changed nothing here: a payment may stand otherwise at the bank, or money may be unbooked."),
        do=noop("Look at each of them under Deviations, find out what it belongs to, and close it."),
        ends=_SETTLED,
        shows=show_bank,
    ),
    AlarmKind(
        code="bank_line_down",
        name=noop("Line to the bank is down"),
        says=noop("The line to %(bank)s is down: %(reason)s"),
        means=noop("Nothing goes to this bank and nothing comes from it. None is lost, but some may miss its cut-off."),
        do=noop("Call the bank, or check the line's address and keys. It is tried again by itself all the time."),
        ends=noop("It is over when the bank answers on the line."),
        shows=show_bank,
    ),
    AlarmKind(
        code="outgoing_delivered_late",
        name=noop("File delivered late"),
        says=noop("The file %(name)s was delivered late: the bank may have two copies."),
        means=noop("If the bank executes both, the payees are paid twice."),
        do=noop("Call the bank at once and have one copy stopped. Close the alarm when the bank has said which."),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="outgoing_in_doubt",
        name=noop("File in doubt"),
        says=noop("Nobody knows whether the file %(name)s reached the bank. It isn't sent again."),
        means=noop("The payments may be executed or not. While nobody knows, none is sent a second time."),
        do=noop("Ask the bank whether it has the file. Without proof two operators decide, with the bank's words."),
        ends=noop("It is over when there is proof, or when two operators have decided."),
        tells_company=True,
    ),
    AlarmKind(
        code="outgoing_withdrawn_before_restore",
        name=noop("Withdrawn before the restore"),
        says=noop("The file %(name)s was withdrawn before the restore, and the database has forgotten why."),
        means=noop("Payments of it were cancelled, but stand as approved again. The file isn't sent."),
        do=noop("Ask the company which ones, and have them cancelled again: the rest then goes out in a new file."),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="relay_on_hold_after_restore",
        name=noop("On hold after a restore"),
        says=noop("The database was restored from a backup: %(lines)s steps of uploads are forgotten. All is on hold."),
        means=noop("Payments sent after the backup may be executed. On hold, none can go out a second time."),
        do=noop("Let the banks' answers come in, look through the files in doubt, then lift the pauses bank by bank."),
        ends=noop("It is over when the last of the restore's pauses is lifted."),
    ),
    AlarmKind(
        code="stored_bytes_changed",
        name=noop("Stored bytes have changed"),
        says=noop("The stored bytes of the file %(name)s have changed. It isn't sent: look at the disk."),
        means=noop("Its payments wait. Nothing but the approved bytes ever goes to the bank."),
        do=noop("Bring the file back from the backup. It is sent by itself as soon as its bytes are right."),
        ends=noop("It is over when the file is no longer waiting."),
    ),
    AlarmKind(
        code="bank_file_not_applied",
        name=noop("File not read yet"),
        says=noop("The file %(name)s from %(bank)s is fetched, but not read yet."),
        means=noop("Answers and money in it aren't seen yet. Nothing is lost."),
        do=noop("See that the worker bank_in runs. A file that fails several times goes to quarantine by itself."),
        ends=noop("It is over when the file has been read or is in quarantine."),
        shows=show_bank,
    ),
    AlarmKind(
        code="deviation_unsettled",
        name=noop("Deviation that waits"),
        says=noop("%(count)s deviations of the file %(name)s from %(bank)s have waited long."),
        says_one=noop("A deviation of the file %(name)s from %(bank)s has waited long."),
        means=noop("Until somebody decides, their money isn't booked, or stands unexplained."),
        do=noop("Release or close them under Deviations."),
        ends=_SETTLED,
        shows=show_bank,
    ),
    AlarmKind(
        code="quarantine_unsettled",
        name=noop("Long in quarantine"),
        says=noop("The file %(name)s from %(bank)s has been in quarantine for long."),
        means=noop("Answers, debits and receipts in it are still missing here."),
        do=noop(
            "Ask the bank for a right one today and set this one aside, or read it again when its cause is mended."
        ),
        ends=noop("It is over when the file has been read, or is set aside because the bank has sent another."),
        shows=show_bank,
    ),
    AlarmKind(
        code="pause_holds_files",
        name=noop("Files wait because of a pause"),
        says=noop("%(count)s files wait because of a pause."),
        says_one=noop("A file waits because of a pause."),
        means=noop("They miss their cut-offs while the pause stands. None of them is lost."),
        do=noop("Lift the pause if its reason is gone."),
        ends=noop("It is over when the pause is lifted or nothing waits for it."),
    ),
)


def register() -> None:
    """Add the relay's alarms to the catalogue, and what watches and ends them."""
    from bank_gateway.relay import watches

    register_alarm_kinds(KINDS)
    watches.register()

"""What the alarms about money out mean, and what ends them (`companies.alarm_kinds`, `companies.watches`)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from autopay_portal.core.display import show_day
from autopay_portal.core.errors import noop, text_of
from bank_gateway.profiles import bank_name
from companies.access import Permission
from companies.alarm_kinds import AlarmKind, Handler, register_alarm_kinds


def _show(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the bank by its name, the day as people write it, and why a release was refused in words."""
    shown: dict[str, Any] = {}
    if params.get("bank"):
        shown["bank"] = bank_name(params["bank"])
    if params.get("day"):
        shown["day"] = show_day(date.fromisoformat(params["day"]))
    if params.get("reason"):
        shown["why"] = text_of(params["reason"], params)
    return shown


_MOVED_ON = noop("It is over when the payments have moved on.")
_NOT_SENT_AGAIN = noop("Ask the bank where the payments are. Never send them anew from the ERP.")

KINDS = (
    AlarmKind(
        code="release_refused",
        name=noop("No file could be made"),
        says=noop("%(message_id)s is approved, but no file could be made for the bank. Nothing was sent."),
        means=noop("Its payments wait, and may miss their cut-off. %(why)s"),
        do=noop("Mend what is wrong, such as the agreement or an approver's role. It is tried again by itself."),
        ends=noop("It is over when the file is made or the payments are cancelled."),
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="forgotten_files_unreadable",
        name=noop("Forgotten files unreadable"),
        says=noop("%(count)s files that were sent before the restore can't be read; the first is %(first)s."),
        says_one=noop("A file that was sent before the restore can't be read: %(first)s."),
        means=noop("If its payments come again in a new order, nothing here shows that they were sent before."),
        do=noop("Compare every new order with the bank's own list of payments before you lift the pauses."),
        closed_by=Permission.OPERATE,
    ),
    AlarmKind(
        code="replaced_file_lives",
        name=noop("Sign of life of a replaced file"),
        says=noop(
            "The bank speaks of %(count)s payments of the file %(bank_message_id)s, which a newer file replaced. They "
            "may be paid twice: stop the newer file at the bank at once."
        ),
        means=noop("The same payments are in two files, and the bank may execute both. A debit is booked as paid."),
        do=noop("Call the bank and have the newer file stopped. Close the alarm with what the bank says it executes."),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="debit_contradicts_state",
        name=noop("Debited against its state"),
        says=noop(
            "The bank has debited %(count)s payments of %(message_id)s that weren't to be paid. They stand as paid: "
            "look into it at once."
        ),
        says_one=noop(
            "The bank has debited a payment of %(message_id)s that wasn't to be paid. It stands as paid: "
            "look into it at once."
        ),
        means=noop("The money has left the account, and it is booked. The ERP may have paid the same once more."),
        do=noop("Ask the bank why, and the company whether it wants the money back. Close the alarm with the answer."),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="payment_debited_twice",
        name=noop("Debited twice"),
        says=noop("The bank has debited %(count)s payments of %(message_id)s a second time. The second debit is held."),
        says_one=noop("The bank has debited a payment of %(message_id)s a second time. The second debit is held."),
        means=noop(
            "The money has left the account twice. It is booked once; the second debit waits among the deviations."
        ),
        do=noop(
            "Ask the bank for the second amount back. Close the alarm and the deviation when it is known how it comes."
        ),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="debit_without_order",
        name=noop("Debited without being sent"),
        says=noop(
            "The bank has debited %(count)s payments of %(message_id)s, but nothing here has sent them. They stand as "
            "paid."
        ),
        says_one=noop(
            "The bank has debited a payment of %(message_id)s, but nothing here has sent it. It stands as paid."
        ),
        means=noop(
            "The money has left the account. Either somebody else sends in the company's name, or a file left from "
            "here and nobody knows. The file that waited isn't sent any more."
        ),
        do=noop(
            "Put the company's payments on hold and ask the bank where it got the order from. Close the alarm with the "
            "answer."
        ),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="message_collision",
        name=noop("Taken for a duplicate"),
        says=noop("The bank takes %(message_id)s for a duplicate, but it was sent once. It is in doubt."),
        means=noop("The bank may have refused payments that nobody has paid, or may have another file of that id."),
        do=noop("Ask the bank which file it means. Two operators then decide about the payments."),
        ends=noop("It is over when the doubt is settled."),
        tells_company=True,
    ),
    AlarmKind(
        code="bank_contradicts_itself",
        name=noop("The bank contradicts itself"),
        says=noop("The bank contradicts itself about %(count)s payments of %(message_id)s."),
        says_one=noop("The bank contradicts itself about a payment of %(message_id)s."),
        means=noop("What stands here may be wrong: they may be executed or not. None is sent again."),
        do=noop("Ask the bank which of its answers holds. Close the alarm with its words."),
        closed_by=Permission.OPERATE,
        tells_company=True,
    ),
    AlarmKind(
        code="bank_status_unknown",
        name=noop("Unknown answer from the bank"),
        says=noop("The bank said %(statuses)s about %(message_id)s, which nobody knows."),
        means=noop("The payments stand as before. The bank may have meant more than that."),
        do=noop("Ask the bank what the code means. The answer is kept under Files from banks."),
        ends=noop("It is over when all payments of the remittance have ended."),
    ),
    AlarmKind(
        code="bank_blocks_payment",
        name=noop("Held back by the bank"),
        says=noop("The bank holds payments of %(message_id)s back. Call the bank."),
        means=noop("They aren't paid while the bank holds them, and may be rejected later."),
        do=noop("Call the bank and answer what it asks about the payments."),
        ends=noop("It is over when no payment of it waits in the bank."),
        handler=Handler.COMPANY,
        tells_company=True,
    ),
    AlarmKind(
        code="too_long_received",
        name=noop("Received, but no further"),
        says=noop("%(message_id)s was received, but has come no further."),
        means=noop("Its payments are stored and wait. Nobody is asked to approve them yet."),
        do=noop("See that the worker release runs. The next step is tried again all the time."),
        ends=_MOVED_ON,
    ),
    AlarmKind(
        code="approval_too_late",
        name=noop("Not approved in time"),
        says=noop("%(count)s payments of %(message_id)s weren't approved in time for %(day)s."),
        says_one=noop("A payment of %(message_id)s wasn't approved in time for %(day)s."),
        means=noop("They can't be paid on their day any more. Approved now, they are paid on the next bank day."),
        do=noop("Approve or refuse them."),
        ends=noop("It is over when somebody has decided."),
        handler=Handler.COMPANY,
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="payment_date_passed",
        name=noop("Date passed before approval"),
        says=noop("%(message_id)s wasn't approved in time, and %(bank)s rejects past dates: its date is now %(day)s."),
        means=noop("Nothing was sent. Approvals given before don't count any more, since they were of another date."),
        do=noop("Look at the new date, and approve or refuse the remittance."),
        ends=noop("It is over when somebody has decided."),
        handler=Handler.COMPANY,
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="too_long_approved",
        name=noop("Approved, but not sent"),
        says=noop("%(count)s payments of %(message_id)s are approved, but haven't left for the bank."),
        says_one=noop("A payment of %(message_id)s is approved, but hasn't left for the bank."),
        means=noop("They wait, and may miss their cut-off."),
        do=noop("See under Files to banks what holds them: a pause, a line that is down, a release that was refused."),
        ends=_MOVED_ON,
        tells_company=True,
    ),
    AlarmKind(
        code="too_long_sent",
        name=noop("Left out of the bank's answer"),
        says=noop("The bank answered %(message_id)s, but said nothing about %(count)s of its payments."),
        says_one=noop("The bank answered %(message_id)s, but said nothing about one of its payments."),
        means=noop("They may be executed or not. They stand as sent, and nothing is sent again."),
        do=_NOT_SENT_AGAIN,
        ends=_MOVED_ON,
        tells_company=True,
    ),
    AlarmKind(
        code="too_long_received_by_bank",
        name=noop("Not taken in by the bank"),
        says=noop(
            "%(bank)s has received %(count)s payments of %(message_id)s, but hasn't taken them in. The last cut-off of "
            "their day, %(day)s, has passed."
        ),
        says_one=noop(
            "%(bank)s has received a payment of %(message_id)s, but hasn't taken it in. The last cut-off of its day, "
            "%(day)s, has passed."
        ),
        means=noop("They are most likely not paid on their day. They may be executed later."),
        do=_NOT_SENT_AGAIN,
        ends=_MOVED_ON,
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="too_long_accepted",
        name=noop("Debit not told of"),
        says=noop("%(bank)s hasn't told of the debit of %(count)s payments of %(message_id)s due %(day)s."),
        says_one=noop("%(bank)s hasn't told of the debit of a payment of %(message_id)s due %(day)s."),
        means=noop("They may be paid without our knowing it. Nothing is booked yet, and nothing is sent again."),
        do=noop("Look in the account's statement. Ask the bank for the notification of the debit."),
        ends=noop("It is over when the bank has told of the debit, or has rejected the payments."),
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="settled_not_debited",
        name=noop("Paid on the bank's word, not debited"),
        says=noop(
            "%(bank)s said that %(count)s payments of %(message_id)s due %(day)s are settled, but hasn't debited them."
        ),
        says_one=noop("%(bank)s said that a payment of %(message_id)s due %(day)s is settled, but hasn't debited it."),
        means=noop("They stand as paid on the bank's word alone. Nothing of them is booked, and they may not be paid."),
        do=noop("Look in the account's statement. Ask the bank for the notification of the debit."),
        ends=noop("It is over when the bank has told of the debit."),
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="too_long_pending",
        name=noop("Waits in the bank"),
        says=noop("%(count)s payments of %(message_id)s, due %(day)s, still wait in %(bank)s."),
        says_one=noop("A payment of %(message_id)s, due %(day)s, still waits in %(bank)s."),
        means=noop("They aren't paid. Without funds or an approval in the net bank, the bank rejects them later."),
        do=noop("See that the account has funds, and that nothing waits for approval in the net bank."),
        ends=_MOVED_ON,
        handler=Handler.COMPANY,
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="net_bank_approval_wanted",
        name=noop("Wants approval in the net bank"),
        says=noop("%(count)s payments of %(message_id)s wait for approval in the net bank of %(bank)s."),
        says_one=noop("A payment of %(message_id)s waits for approval in the net bank of %(bank)s."),
        means=noop("If they aren't approved there before today's last cut-off, they aren't paid today."),
        do=noop("Approve them in the net bank."),
        ends=noop("It is over when they are approved there, or when the cut-off has passed."),
        handler=Handler.COMPANY,
        tells_company=True,
        shows=_show,
    ),
    AlarmKind(
        code="too_long_stop_requested",
        name=noop("Stop not answered"),
        says=noop("The bank hasn't said whether it stopped %(count)s payments of %(message_id)s."),
        says_one=noop("The bank hasn't said whether it stopped a payment of %(message_id)s."),
        means=noop("They may still be paid."),
        do=noop("Call the bank: before the cut-off it can still stop them."),
        ends=_MOVED_ON,
        tells_company=True,
    ),
    AlarmKind(
        code="doubt_unsettled",
        name=noop("Long in doubt"),
        says=noop("%(count)s payments of %(message_id)s have been in doubt for long."),
        says_one=noop("A payment of %(message_id)s has been in doubt for long."),
        means=noop("The payees are either paid already or wait. Nothing is sent before somebody knows."),
        do=noop("Get the bank's word today. Two operators then decide."),
        ends=noop("It is over when the doubt is settled."),
        tells_company=True,
    ),
)


def register() -> None:
    """Add this room's alarms to the catalogue, and what watches and ends them."""
    from . import watches

    register_alarm_kinds(KINDS)
    watches.register()

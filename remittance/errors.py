"""What this room refuses, and in which words."""

from autopay_portal.core.errors import ConflictError, DomainError, noop


class UnableToReceiveRemittanceError(DomainError):
    """The order is refused whole; nothing of it was stored but the refusal."""


class AgreementInactiveError(ConflictError):
    """The account's agreement isn't in force, or the ERP hasn't switched it on."""

    def __init__(self, *, account: str) -> None:
        super().__init__("agreement_inactive", params={"account": account})


class DuplicateMessageError(ConflictError):
    """The order's MsgId or bytes were taken before; `remittance` names the one stored then.

    `same_bytes` tells an ERP that lost an answer (all is well) from one that used a MsgId for another order.
    """

    def __init__(self, *, remittance_id: str, message_id: str, same_bytes: bool) -> None:
        extra = {"remittance": remittance_id, "same_bytes": same_bytes}
        super().__init__("duplicate_message", params={"message_id": message_id}, extra=extra)


class UnableToApproveError(ConflictError):
    """The approval doesn't count: the content or the state is another than the one that was seen."""


class UnableToCancelError(ConflictError):
    """It is too late to cancel, or the bank has no stop."""


class UnableToReleaseError(ConflictError):
    """The remittance can't be made ready for the bank."""


class UnableToSendAgainError(ConflictError):
    """The payments of a file can't go to the bank again in a new one."""


TEXTS = {
    "second_factor_needed": noop(
        "Not approved: this company demands a second factor for each approval. Load the page again and show it."
    ),
    "factor_missing": noop(
        "Not approved: this company demands a second factor, and you have none. Enrol one on your own page; it approves"
        " after 24 hours, or when another administrator has confirmed it."
    ),
    "factor_is_new": noop(
        "Not approved: your second factor is less than 24 hours old. Ask another administrator to confirm it, on your"
        " own page."
    ),
    "factor_wrong": noop(
        "Not approved: the code or the passkey's answer didn't hold. Each is good once and for what this page showed:"
        " load it again and use the next code."
    ),
    "password_needed": noop("Not approved: give your password too. You signed in some time ago."),
    "remittance_invalid": noop("The order has faults. Correct them in the ERP and send it again; nothing was stored."),
    "agreement_inactive": noop(
        "The agreement for account %(account)s isn't active. Activate it before you send payments on it."
    ),
    "duplicate_message": noop(
        "An order with message id %(message_id)s, or with exactly these bytes, was received before."
        " Nothing is sent twice."
    ),
    "account_unknown": noop(
        "Account %(account)s has no remittance agreement of this company. Check the account or set up an agreement."
    ),
    "several_debtor_accounts": noop("The order draws on several accounts. Send one order per account."),
    "count_mismatch": noop("The order says %(stated)s payments, but there are %(found)s."),
    "sum_mismatch": noop("The order's control sum is %(stated)s, but the amounts sum to %(found)s."),
    "end_to_end_id_not_unique": noop("End-to-end id %(value)s stands on more than one payment of the order."),
    "end_to_end_id_invalid": noop("The end-to-end id is blank, begins or ends with a space, or says NOTPROVIDED."),
    "account_invalid": noop("%(account)s isn't a Norwegian account number: eleven digits with a right check digit."),
    "kid_invalid": noop("KID %(kid)s is wrong: its check digit fits neither MOD10 nor MOD11."),
    "kid_and_message": noop("A payment has a KID, a message or documents: one of them, never two."),
    "reference_missing": noop("The payment tells the payee nothing: give a KID, a message or documents."),
    "creditor_name_missing": noop("The payee has no name."),
    "document_invalid": noop(
        "A document is an invoice or a credit note with a number or a KID, an amount in the payment's currency, and"
        " only an invoice may have a KID, which must be right."
    ),
    "documents_sum_mismatch": noop("The invoices less the credit notes don't sum to the payment's amount."),
    "characters_invalid": noop(
        "A text has characters that banks can't take: control characters, or ones outside ISO-8859-1."
    ),
    "element_not_supported": noop(
        "%(element)s decides who gets how much, when or at whose cost, and can't be carried. Remove it."
    ),
    "foreign_not_supported": noop("Payments in other currencies or to other countries can't be sent yet."),
    "date_too_old": noop("The payment date %(value)s lies more than %(days)s days back."),
    "date_too_far": noop("The payment date %(value)s lies more than %(days)s days ahead."),
    "not_well_formed": noop("The file isn't well-formed XML: %(detail)s"),
    "schema_invalid": noop("The file breaks its ISO 20022 schema: %(detail)s"),
    "doctype_not_allowed": noop("The file has a DOCTYPE. Payment orders have none; it is refused unread."),
    "encoding_not_allowed": noop("The file's character encoding is %(encoding)s. UTF-8 and ISO-8859-1 are read."),
    "message_not_supported": noop("The file isn't a pain.001.001.03 or pain.001.001.09."),
    "element_too_large": noop("A part of the file is larger, deeper or more repeated than a payment order needs."),
    "date_invalid": noop("%(value)s is no date."),
    "member_missing": noop("The member %(field)s is missing."),
    "member_unknown": noop("The member %(field)s is not part of an order. Check its spelling."),
    "member_invalid": noop("The member %(field)s can't hold %(value)s."),
    "text_transliterated": noop("A text was rewritten with characters that banks can take."),
    "due_after_switch": noop(
        "Due %(day)s, on or after the switch of the agreement on %(switch_date)s: its return data no longer comes on"
        " the old agreement, and it may have to be posted by hand."
    ),
    "date_moved": noop("The payment date %(asked)s was moved to the bank day %(bank_date)s."),
    "passed_date_moved": noop(
        "The payment date %(passed)s passed while the order waited, and %(bank)s rejects such dates: it was moved to"
        " %(bank_date)s. Approvals given before that don't count any more."
    ),
    "lines_too_many": noop("%(bank)s takes at most %(most)s lines of text in a payment."),
    "documents_too_many": noop("%(bank)s takes at most %(most)s documents in a payment."),
    "name_will_be_cut": noop("%(bank)s cuts the payee's name at %(most)s characters."),
    "element_not_carried": noop("%(element)s only informs and isn't carried to the bank."),
    "not_awaiting_approval": noop("The remittance doesn't wait for approval."),
    "content_changed": noop("The remittance is no longer the one you saw. Look at it again before you approve."),
    "dates_moved": noop(
        "A payment date passed while this waited, and the bank rejects such dates. It was moved, and nothing was"
        " approved: look at the new date and approve again."
    ),
    "date_passed": noop(
        "A payment date has passed since it was approved, and %(bank)s rejects such dates. Cancel the remittance and"
        " send the order again with a new date."
    ),
    "already_approved": noop("You have approved this remittance already. Another person must give the next approval."),
    "reason_missing": noop("Give a reason."),
    "too_late_to_cancel": noop("The payment has status %(status)s: it is too late to cancel it."),
    "stop_not_available": noop("The bank offers no stop of a payment it has received. Call the bank."),
    "differs_from_sent": noop(
        "A file of this order was sent before the restore, and its payments aren't the ones that stand here. Cancel "
        "again what was cancelled then."
    ),
    "sent_file_unknown": noop(
        "A later file of this order was sent before the restore, and what it held is lost. Compare with the bank: "
        "cancel the order here, and send what the bank doesn't have in a new one."
    ),
    "not_approved": noop("The remittance isn't approved."),
    "file_not_refused": noop("The bank hasn't refused the whole file, so its payments can't be sent again."),
    "file_in_doubt": noop("Nobody knows what the bank does with the file. That is settled before it is sent again."),
    "file_shows_life": noop(
        "The bank has spoken of payments in the file as if it executes them. Sent again they may be paid twice."
    ),
    "nothing_to_send_again": noop("The payments have been sent again already."),
    "agreement_not_active": noop("The agreement isn't in force. Nothing can be sent on it."),
}

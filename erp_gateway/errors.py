"""Refusals of the ERP's side, and their texts."""

from django.utils.functional import Promise

from autopay_portal.core.errors import DomainError, noop


class SignatureRefusedError(DomainError):
    """The request isn't signed by someone we know, or not for this moment and this body (RFC 9421, 3.2)."""

    status = 401

    def __init__(self, code: str, *, reason: str | Promise = "") -> None:
        """Keep the code and, for the developer at the other end, what exactly was wrong with the signature."""
        super().__init__(code, params={"reason": reason}, headers={"WWW-Authenticate": "Signature"})


class BodyRefusedError(DomainError):
    """The body can't be taken: too long, cut off, of no stated length, or not the JSON that was announced."""

    status = 400


class IdempotencyRefusedError(DomainError):
    """The request's key is missing, in use, or was used for something else (money.md 4)."""

    status = 409


class LedgerRefusedError(DomainError):
    """The ledger batch's state doesn't allow this, or a format can't carry the batch."""

    status = 409


class UnableToCreateLedgerBatchError(Exception):
    """A room asked for a ledger batch that can't exist: a fault in our own code, never in a request."""


TEXTS = {
    "signature_missing": noop(
        "The request isn't signed: Signature and Signature-Input with the label sig1 are needed."
    ),
    "signature_invalid": noop("The signature doesn't fit this request. %(reason)s"),
    "signature_expired": noop(
        "The signature is older or newer than 300 seconds. Check the clock of the sending machine."
    ),
    "signature_replayed": noop("This signature has been used before. Sign each request anew, with a new nonce."),
    "digest_mismatch": noop(
        "The body is not the one that was signed: Content-Digest doesn't match. Nothing was stored."
    ),
    "user_unknown": noop("The user in AutoPay-User has no access to this company."),
    "body_incomplete": noop("The body ended before the announced length. Nothing was stored; send the request again."),
    "body_too_large": noop("The body is larger than the %(limit)s bytes that this call takes. Nothing was stored."),
    "length_required": noop("State the length of the body in Content-Length. Nothing was stored."),
    "json_invalid": noop("The body isn't the JSON that this call takes: %(reason)s"),
    "idempotency_key_missing": noop("Send the header Idempotency-Key, so that a repeated request is done only once."),
    "idempotency_key_invalid": noop("Idempotency-Key is 1 to 255 printable ASCII characters."),
    "idempotency_conflict": noop(
        "This Idempotency-Key was used with another body. The first request stands; nothing was stored now."
    ),
    "in_progress": noop("A request with this Idempotency-Key is being worked on. Ask again in a moment."),
    "batch_leased": noop("Another program is fetching this ledger batch. It is free again at %(expires)s."),
    "batch_posted": noop("This ledger batch has been posted. An administrator can reopen it."),
    "batch_failed": noop("The ERP reported that this ledger batch failed. An administrator must release it first."),
    "batch_superseded": noop("This ledger batch has been replaced by another and must not be posted."),
    "batch_not_posted": noop("This ledger batch isn't posted, so there is nothing to reopen."),
    "batch_not_held": noop("This ledger batch is neither being fetched nor failed, so there is nothing to release."),
    "lease_lost": noop(
        "The lease no longer holds this ledger batch. It may have been posted twice: look in the ledger "
        "before anything else."
    ),
    "posted_differently": noop("This ledger batch was reported posted before, with other voucher numbers."),
    "export_refused": noop(
        "The ledger batch can't be written as %(format)s: %(count)s of its lines lack what the format demands."
    ),
    "line_lacks_supplier": noop("Line %(line)s on account %(account)s has no supplier number."),
    "line_lacks_customer": noop("Line %(line)s on account %(account)s has no customer number."),
    "line_account_invalid": noop("Line %(line)s: the account %(account)s is not four digits."),
    "line_subledger_invalid": noop(
        "Line %(line)s on account %(account)s: a customer or supplier number is at most nine digits in this format."
    ),
    "voucher_unbalanced": noop("Voucher %(voucher)s doesn't sum to zero in this format."),
    "format_unknown": noop("There is no export format %(format)s. Known: %(known)s."),
}

"""Texts of the errors that no room owns."""

from .errors import noop

TEXTS = {
    "not_found": noop("There is nothing here that you may see."),
    "user_lacks_role": noop("Your roles in this company do not allow this. A customer administrator can grant them."),
    "request_invalid": noop("The request can't be read: %(reason)s"),
    "method_not_allowed": noop("This address does not answer that method."),
    "not_acceptable": noop("The answer can't be given in the format that was asked for."),
    "media_type_not_supported": noop("The body's media type is not one that this call reads."),
    "too_many_requests": noop("Too many calls in a short time. Wait as long as Retry-After says."),
    "not_available": noop("This call is part of the contract but is not available in this version."),
    "amount_invalid": noop(
        "The amount %(value)s is not valid: it must be above zero with at most %(decimals)s decimals."
    ),
}

"""Refusals of this room: their codes and English texts."""

from typing import Any

from autopay_portal.core.errors import DomainError, ForbiddenError, noop, register_texts

_TEXTS = {
    "key_unknown": noop("There is no signing key %(key)s. Copy the key's id and secret again from the company's page."),
    "key_revoked": noop("The signing key %(key)s has been revoked. Copy the new key from the company's page."),
    "two_keys_live": noop("The company has two live signing keys. Revoke one of them before you make another."),
    "email_invalid": noop("%(email)s can't be used to sign in: use an e-mail address in ASCII, with no spaces."),
    "email_taken": noop("There is a user with the address %(email)s already."),
    "org_number_invalid": noop(
        "%(org_number)s is not a Norwegian organisation number: nine digits, the last a check digit by modulus 11."
    ),
    "field_missing": noop("The field %(field)s is missing."),
    "country_not_supported": noop("Companies in %(country)s can't be registered yet; NO can."),
    "company_exists": noop(
        "This company can't be made here. If it is yours, activate it by hand on the company's page."
    ),
    "licence_missing": noop("The customer lacks the licence %(licence)s, so the service can't be switched on."),
    "terms_not_accepted": noop(
        "The customer hasn't accepted the terms of service, so the service can't be switched on."
    ),
    "role_unknown": noop("%(role)s is not a role that a user can have in a company."),
    "not_an_employee": noop("This user isn't linked to the company as its employee."),
    "alarm_ends_by_itself": noop("This alarm ends by itself when its cause is gone; it can't be closed."),
    "alarm_note_missing": noop("Say what you found out, so that whoever asks later knows."),
    "member_exists": noop("%(email)s is among the users already."),
    "member_not_accepted": noop("He hasn't accepted his invitation yet. He can become an administrator when he has."),
    "administrator_already": noop("%(name)s is a customer administrator already."),
    "last_administrator": noop(
        "Nothing was changed: a customer must have an administrator, and this is the last one. Make somebody else an"
        " administrator first."
    ),
    "proposal_open": noop(
        "Another change of the same kind waits for a second administrator. It must be confirmed, declined or withdrawn"
        " before a new one is proposed."
    ),
    "proposal_own": noop("You proposed this yourself. Another administrator must confirm it."),
    "proposal_decided": noop("Nothing was changed: the proposal is decided already (%(state)s)."),
    "proposal_expired": noop(
        "Nothing was changed: the proposal waited more than 14 days and is over. Propose it again."
    ),
    "proposal_stale": noop(
        "Nothing was changed: what the proposal is about has changed since it was made. Look at it as it is now, and"
        " propose it again if it is still wanted."
    ),
    "acknowledged_beyond_last": noop("Messages up to %(last)s exist; %(up_to)s can't be acknowledged."),
}


class UserLacksRoleError(ForbiddenError):
    """The user may see the company, but none of his roles in it allows this."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("user_lacks_role", **kwargs)


class SigningKeyError(DomainError):
    """The key that a request names is not a live key: key_unknown or key_revoked."""

    status = 401


def register() -> None:
    """Make this room's texts known to the edge."""
    register_texts(_TEXTS)

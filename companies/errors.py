"""Refusals of this room: their codes and English texts."""

from typing import Any

from autopay_portal.core.errors import DomainError, ForbiddenError, noop, register_texts

_TEXTS = {
    "key_unknown": noop("There is no signing key %(key)s. Copy the key's id and secret again from the company's page."),
    "key_revoked": noop("The signing key %(key)s has been revoked. Copy the new key from the company's page."),
    "key_changed": noop(
        "Nothing was done: the company's key is another than the one you looked at. Somebody has just made a new one;"
        " look at it before you make one more."
    ),
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
    "licence_not_activated": noop(
        "The licence %(licence)s isn't activated on the customer's own company (the 000 client), so the service "
        "can't be switched on."
    ),
    "terms_outdated": noop(
        "A newer version of the terms, %(version)s, was published meanwhile. Read it before you accept."
    ),
    "terms_not_published": noop("AutoPay Central hasn't published any terms yet."),
    "company_deactivated": noop("The company %(name)s is deactivated. A customer administrator can activate it again."),
    "field_too_long": noop("The field %(field)s takes at most %(most)s signs, on one line."),
    "customer_number_invalid": noop("A customer number is at most 20 letters, digits and hyphens."),
    "answer_reason_missing": noop("Say why, so that whoever asked knows."),
    "too_many_orders": noop("There were many orders in a short time. Try again later."),
    "order_answered": noop("The order has its answer already."),
    "customer_has_administrators": noop(
        "Customer %(number)s has administrators already: they invite whom they want. Decline this order and say so."
    ),
    "invitation_ended": noop(
        "This link was used, is too old or was replaced by a newer one. Ask whoever invited you for a new one."
    ),
    "invitation_used": noop("The invitation was accepted already."),
    "invitation_of_another": noop("The invitation is for %(email)s. Sign in with that address, or have it sent anew."),
    "sign_in_to_accept": noop("There is a user with this address already. Sign in, and open the link again."),
    "account_ended": noop("This user can't sign in any more. AutoPay Central can open the account again."),
    "service_not_in_use": noop(
        "AutoPay isn't switched on for %(name)s. A customer administrator switches it on under services in use."
    ),
    "company_changed": noop(
        "Somebody else has changed %(name)s meanwhile. Look at what stands there now, and change it again."
    ),
    "company_busy": noop("%(name)s has something under way that must come to its end first. %(what)s"),
    "own_company_stays": noop(
        "%(name)s is your own company, which the DI-Elbet licence is activated on. Activate it on another one first."
    ),
    "handover_to_self": noop("This is your own customer number. Write that of the customer who takes over."),
    "handover_open": noop("%(name)s is already being handed over. Withdraw that first."),
    "handover_ended": noop("This handover has its answer already, or the company has moved."),
    "handover_lacks": noop("%(name)s can't take over a company that uses AutoPay yet. %(what)s"),
    "import_too_large": noop("The file is too large, or unpacks to too much. At most %(most)s MB are read."),
    "import_unreadable": noop("The file can't be read. Save it as CSV or XLSX, and choose it again."),
    "import_formula": noop("Line %(line)s has a formula, and formulas are not worked out here. Save values only."),
    "import_headings": noop("The first line must name the columns. These are missing: %(names)s."),
    "import_empty": noop("The file has no line below its headings."),
    "import_too_many": noop("The file has more than %(most)s lines. Divide it."),
    "import_twice": noop("%(org_number)s stands on several lines of the file. Keep one of them."),
    "import_stale": noop(
        "The company on line %(line)s has been made since the file was read. Nothing was imported; read the file again."
    ),
    "import_nothing": noop("The file has no line that can be imported."),
    "too_many_files": noop("Many files were read in a short time. Try again in an hour."),
    "lookup_off": noop("Companies aren't looked up here. Fill in the fields by hand."),
    "lookup_unavailable": noop("The register doesn't answer now. Fill in the fields by hand."),
    "role_unknown": noop("%(role)s is not a role that a user can have in a company."),
    "not_an_employee": noop("This user isn't linked to the company as its employee."),
    "alarm_ends_by_itself": noop("This alarm ends by itself when its cause is gone; it can't be closed."),
    "alarm_note_missing": noop("Say what you found out, so that whoever asks later knows."),
    "member_exists": noop("%(email)s is among the users already."),
    "member_accepted": noop("%(name)s has accepted already, and needs no new invitation."),
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
    "proposal_about_you": noop(
        "Nothing was changed: this is about yourself. You can agree to it, but whether you stay is for another"
        " administrator or AutoPay Central to say."
    ),
    "proposal_decided": noop("Nothing was changed: the proposal is decided already (%(state)s)."),
    "proposal_expired": noop(
        "Nothing was changed: the proposal waited more than 14 days and is over. Propose it again."
    ),
    "proposal_stale": noop(
        "Nothing was changed: what the proposal is about has changed since it was made. Look at it as it is now, and"
        " propose it again if it is still wanted."
    ),
    "fresh_factor_needed": noop(
        "Show your second factor first: it must be less than five minutes ago in this session."
    ),
    "email_same": noop("You sign in with that address already."),
    "no_factor": noop("This user has no second factor that could be ended."),
    "reset_own": noop("Your own second factors you end on your own page, or another administrator asks for it."),
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

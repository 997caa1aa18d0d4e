"""What must be in place before a company's ERP can send, checked one by one (contract: setup-check)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import override

from agreements.models import Agreement, Status
from companies.access import PERMISSIONS, Permission, Role
from companies.account import Account, get_account
from companies.models import Company, SigningKey
from companies.models.customers import Service
from companies.queries import users_who_may, uses_service

# Who isn't signed for, or isn't in the company, has been answered 401 before.
_PROVEN = True
_LANGUAGES = ("nb", "en")
# As the relay counts a line as down.
_DOWN_AFTER = 3
_NEEDED = frozenset({Permission.SEND, Permission.FOLLOW_FEED, Permission.LEASE})


class CheckItem(TypedDict):
    """One check as the API gives it, its detail in the reader's language."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """The outcome: every check by name, and whether all passed."""

    checks: Sequence[CheckItem]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check["ok"] for check in self.checks)


def said_in_both(check: Callable[[], SetupCheck]) -> list[dict[str, object]]:
    """Run a check once per language and return its items as they are kept: name, outcome, and its words in both."""
    said = {}
    for language in _LANGUAGES:
        with override(language):
            said[language] = check().checks
    return [
        {"name": nb["name"], "ok": nb["ok"], "detail_nb": nb["detail"], "detail_en": en["detail"]}
        for nb, en in zip(said["nb"], said["en"], strict=True)
    ]


def check_setup(*, company: Company, permissions: frozenset[Permission]) -> SetupCheck:
    """Check a company's set-up for who signs with `permissions`; the signature and the user have been checked."""
    agreements = list(
        Agreement.objects.filter(company=company)
        .exclude(status=Status.CLOSED)
        .select_related("connection")
        .order_by("number")
    )
    return SetupCheck([*_who(permissions), *_service(company), *_lines(agreements)])


def check_agreement(*, agreement: Agreement, permissions: frozenset[Permission]) -> SetupCheck:
    """Check what one agreement needs before its ERP may switch it on."""
    return SetupCheck([*_who(permissions), *_service(agreement.company), *_lines([agreement])])


def check_agreement_from_here(*, agreement: Agreement, line_fault: str | None) -> SetupCheck:
    """Check what an agreement needs, asked from a page and not by its ERP: whether an ERP of the company could use it.

    `line_fault` is what the line to the bank said when it was tried a moment ago, empty if it answered, None if it
    wasn't tried.
    """
    lines = list(_lines([agreement]))
    if line_fault is not None and lines[-1]["ok"]:
        lines[-1] = _item("bank_line", not line_fault, line_fault or _("The bank answered a moment ago."))
    return SetupCheck([*_erp_of(agreement.company), *_service(agreement.company), *lines])


def _erp_of(company: Company) -> Iterator[CheckItem]:
    """Check what the ERP's own request would prove: a key, a user, a role."""
    key = SigningKey.objects.filter(company=company, revoked_at=None).exists()
    yield _item("signature", key, _("The company has a signing key.") if key else _("The company has no signing key."))
    users = len(users_who_may(company=company, permission=Permission.LEASE))
    yield _item(
        "user",
        users > 0,
        _("%(count)s users may work for the ERP.") % {"count": users}
        if users
        else _("No user may work for the ERP: give one the role File transfer in this company."),
    )
    ok = users > 0 and PERMISSIONS[Role.FILE_TRANSFER] >= _NEEDED
    yield _item("role", ok, _("In place.") if ok else _("Nobody may send, follow the feed and fetch ledger batches."))


def _who(permissions: frozenset[Permission]) -> Iterator[CheckItem]:
    yield _item("signature", _PROVEN, _("The request is signed with a key of the company."))
    yield _item("user", _PROVEN, _("The user has access to the company."))
    ok = permissions >= _NEEDED
    yield _item(
        "role",
        ok,
        _("The user may send, follow the feed and fetch ledger batches.")
        if ok
        else _("The user lacks the role File transfer (or AutoPay administrator) in this company."),
    )


def _service(company: Company) -> Iterator[CheckItem]:
    account = get_account(customer_id=company.customer_id)
    missing = " ".join(each.said for each in account.lacking if each.code != "terms_not_accepted")
    yield _item("licence", not missing, missing or _("In place."))
    terms = bool(account.acceptances)
    yield _item("terms", terms, _terms(account) if terms else _("The terms of service haven't been accepted."))
    used = uses_service(company=company, service=Service.AUTOPAY)
    yield _item("service", used, _("In use.") if used else _("AutoPay isn't switched on for this company."))


def _terms(account: Account) -> str:
    """Say that the terms are accepted, or that a newer version waits: what is in use goes on meanwhile."""
    if account.newest is None or not account.asks_again:
        return _("Accepted.")
    said = _("Accepted. A newer version, %(version)s, waits: until then no more companies can be switched on.")
    return said % {"version": account.newest.version}


def _lines(agreements: Sequence[Agreement]) -> Iterator[CheckItem]:
    active = [agreement for agreement in agreements if agreement.status == Status.ACTIVE]
    yield _item(
        "agreements",
        bool(active),
        _("%(count)s active.") % {"count": len(active)} if active else _("No agreement is active at the bank."),
    )
    yield _item("bank_line", *_line_to_bank(active))


def _line_to_bank(active: Sequence[Agreement]) -> tuple[bool, str]:
    if not active or any(agreement.connection is None for agreement in active):
        return False, _("No line to the bank for the agreements in use.")
    down = any(agreement.connection.failures >= _DOWN_AFTER for agreement in active if agreement.connection)
    return not down, _("The line to the bank is down.") if down else _("In place.")


def _item(name: str, ok: bool, detail: str) -> CheckItem:  # noqa: FBT001 (a row of three values)
    return {"name": name, "ok": ok, "detail": detail}

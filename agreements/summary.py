"""An agreement that is being filled in, in words: what stands beside the wizard and fills as one goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from agreements.forms import UNPLACED
from agreements.models import BankApproval, Kind, Notify, PaidEvidence, RejectMode, TwoStep
from autopay_portal.core.display import show_account
from bank_gateway.profiles import bank_name

STEP_WORDS = ("bank", "account", "terms")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary: what, and what is chosen."""

    word: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one step adds; no lines while it isn't filled in."""

    step: str
    title: str
    lines: Sequence[Line]


def summary_of(answers: Mapping[str, Any]) -> list[Part]:
    """Return the summary of (perhaps unfinished) answers, step by step."""
    bank, account, terms = (answers.get(step) or {} for step in STEP_WORDS)
    kind = bank.get("kind", "")
    return [
        Part("bank", _("Bank"), _bank_lines(bank)),
        Part("account", _("Account"), _account_lines(account)),
        Part("terms", _("Terms"), _remittance_lines(terms) if kind == Kind.REMITTANCE else _incoming_lines(terms)),
    ]


def kid_words(kid: Mapping[str, Any]) -> str:
    """Return a KID definition in words: length, modulus, and where customer and invoice stand."""
    words = [_("%(length)s characters, %(modulus)s") % {"length": kid["length"], "modulus": kid["modulus"].upper()}]
    for name, text in (("customer", _("customer %(first)s–%(last)s")), ("invoice", _("invoice %(first)s–%(last)s"))):
        if kid.get(name):
            words.append(text % {"first": kid[name][0], "last": kid[name][1]})
    return ", ".join(words)


def _bank_lines(bank: Mapping[str, Any]) -> list[Line]:
    lines = []
    if bank.get("bank"):
        lines.append(Line(_("Bank"), bank_name(bank["bank"])))
    if bank.get("kind") in Kind.values:
        lines.append(Line(_("Direction"), str(Kind(bank["kind"]).label)))
    if bank.get("origin") == "transfer":
        lines.append(Line(_("Form"), _("Transfer of a direct agreement")))
    elif bank.get("origin"):
        lines.append(Line(_("Form"), _("New agreement")))
    return lines


def _account_lines(account: Mapping[str, Any]) -> list[Line]:
    named = [
        (_("Account"), show_account(account["account"]) if account.get("account") else ""),
        (_("Customer id"), account.get("customer_id", "")),
        (_("Division"), account.get("division", "")),
        (_("The bank's agreement id"), account.get("bank_agreement_id", "")),
        (_("Bank in the ledger"), account.get("bank_ledger_account", "")),
        (_("Interim account"), account.get("interim_ledger_account", "")),
    ]
    return [Line(word, value) for word, value in named if value]


def _remittance_lines(terms: Mapping[str, Any]) -> list[Line]:
    lines = _lists(terms)
    if terms.get("approvers_required") is not None:
        lines.append(Line(_("Approvers"), str(terms["approvers_required"])))
    for field, word, choices in (
        ("bank_approval", _("At the bank"), BankApproval),
        ("two_step", _("Second factor"), TwoStep),
        ("paid_evidence", _("Paid when"), PaidEvidence),
        ("reject_mode", _("A wrong payment"), RejectMode),
    ):
        if terms.get(field) in choices.values:
            lines.append(Line(word, str(choices(terms[field]).label)))
    if "hold_duplicates" in terms:
        lines.append(Line(_("Possible duplicates"), _("held") if terms["hold_duplicates"] else _("not held")))
    return lines + _posting(terms)


def _incoming_lines(terms: Mapping[str, Any]) -> list[Line]:
    lines = []
    if terms.get("notify") in Notify.values:
        lines.append(Line(_("Fetched"), str(Notify(terms["notify"]).label)))
    lines += [Line(_("KID"), kid_words(kid)) for kid in terms.get("kid") or []]
    return lines + _lists(terms) + _posting(terms)


def _lists(terms: Mapping[str, Any]) -> list[Line]:
    named = ((_("Told of rejects"), terms.get("rejects")), (_("Told of approvals"), terms.get("approvers")))
    return [Line(word, ", ".join(addresses)) for word, addresses in named if addresses]


def _posting(terms: Mapping[str, Any]) -> list[Line]:
    if "auto_post" not in terms:
        return []
    return [Line(_("Ledger batches"), _("posted by themselves") if terms["auto_post"] else _("ready to post"))]


def unplaced_words(account: str | None) -> str:
    """Return what happens to payments that nobody can place."""
    return str(dict(UNPLACED).get(account or "", account or ""))

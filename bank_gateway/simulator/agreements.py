"""Agreements with the bank's customers, and the SFTP login that comes with the first of a company."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

import asyncssh

from bank_gateway.simulator import amounts, bookings
from bank_gateway.simulator.norwegian import accounts
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import CallRefused, Form

CURRENCY = "NOK"
_OF_A_KID = {"length", "modulus", "customer", "invoice"}
_LONGEST_KID, _SHORTEST_KID, _MOST_KIDS = 25, 2, 3


@dataclass(frozen=True)
class Application:
    """What a bank's clerk is handed: which account, in which direction, under which ids."""

    org_number: str
    account: str
    direction: str
    customer_id: str
    division: str
    notify: str
    kid: str
    signers: int
    balance: int
    public_key: str


@dataclass(frozen=True)
class Opened:
    """The agreement as the bank keeps it, and whether it is new."""

    agreement: sqlite3.Row
    login: sqlite3.Row
    new: bool


def ocr_agreement_id(agreement_id: int) -> int:
    """Return the nine digits OCR giro names an incoming agreement by (avtale-ID)."""
    return 100_000_000 + agreement_id


def ocr_recipient_id(login_id: int) -> int:
    """Return the eight digits OCR giro names its recipient by (kundeenhet-ID)."""
    return 10_000_000 + login_id


def read_application(body: Any) -> Application:
    """Read the body of `POST agreements`.

    Raises CallRefused with all of its faults.
    """
    form = Form(body)
    direction = form.choice("direction", ("remittance", "incoming"))
    application = Application(
        org_number=form.text("org_number", required=True),
        account=form.text("account", required=True),
        direction=direction,
        customer_id=form.text("customer_id", longest=35),
        division=form.text("division", longest=35),
        notify=form.choice("notify", ("ocr", "camt054"), default="camt054"),
        kid=json.dumps(_read_kid_formats(form)),
        signers=form.whole("signers", default=0, lowest=0, highest=4),
        balance=_read_balance(form),
        public_key=form.text("public_key", longest=2000).strip(),
    )
    _check_numbers(form, application)
    form.check()
    return application


def _check_numbers(form: Form, application: Application) -> None:
    """Note what is wrong with the numbers and the key of an application."""
    if application.org_number and not accounts.is_org_number(application.org_number):
        form.fault("org_number", "invalid", "org_number must be nine digits")
    if application.account and not accounts.is_account(application.account):
        form.fault("account", "account_invalid", "account must be 11 digits with a right check digit")
    if application.direction == "incoming" and application.notify == "ocr" and application.kid == "[]":
        form.fault("kid", "missing", "notify ocr needs at least one KID definition")
    if application.public_key:
        try:
            asyncssh.import_public_key(application.public_key)
        except asyncssh.KeyImportError:
            form.fault("public_key", "invalid", "public_key must be an OpenSSH public key")


def _read_balance(form: Form) -> int:
    """Read the opening balance in minor units; absent is zero."""
    text = form.text("balance", default="0")
    try:
        return amounts.to_minor(text, CURRENCY) if text.strip("0.") else 0
    except ValueError as error:
        form.fault("balance", "amount_invalid", str(error))
        return 0


def _read_kid_formats(form: Form) -> list[dict[str, object]]:
    """Read the KID definitions: up to three, each of another length."""
    given = form.raw("kid") or []
    if not isinstance(given, list) or len(given) > _MOST_KIDS:
        form.fault("kid", "invalid", f"kid must be a list of at most {_MOST_KIDS} definitions")
        return []
    formats = [_read_kid_format(form, each) for each in given]
    if len({each["length"] for each in formats}) != len(formats):
        form.fault("kid", "invalid", "KID definitions must differ in length")
    return formats


def _read_kid_format(form: Form, given: Any) -> dict[str, object]:
    """Read one KID definition; the positions of customer and invoice are the creditor's own affair."""
    inner = Form(given if isinstance(given, dict) else {})
    length, modulus = inner.raw("length"), inner.raw("modulus")
    for field in sorted(given.keys() - _OF_A_KID) if isinstance(given, dict) else ():
        form.fault(f"kid.{field}", "unknown", f"{field} of a KID definition is not known")
    if isinstance(length, bool) or not isinstance(length, int) or not _SHORTEST_KID <= length <= _LONGEST_KID:
        form.fault("kid", "invalid", f"length must be {_SHORTEST_KID} to {_LONGEST_KID}")
    if modulus not in ("mod10", "mod11"):
        form.fault("kid", "invalid", "modulus must be mod10 or mod11")
    return {"length": length, "modulus": modulus}


def open_agreement(connection: sqlite3.Connection, *, habits: BankHabits, application: Application, at: str) -> Opened:
    """Open an agreement, its account and its login as far as they aren't there, in the caller's transaction.

    The opening balance counts when the account is opened, from `external`. Raises CallRefused (409) when the account
    is another company's, or has an agreement of that direction with other content.
    """
    login = _login_of(connection, habits=habits, application=application, at=at)
    _open_account(connection, habits=habits, application=application, login_id=login["id"])
    known = _agreement(connection, habits=habits, application=application)
    if known is not None:
        _check_same(known, application)
        return Opened(known, login, new=False)
    connection.execute(
        "INSERT INTO agreement (bank, login_id, account, currency, direction, customer_id, division, notify, kid,"
        " signers, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            habits.id, login["id"], application.account, CURRENCY, application.direction, application.customer_id,
            application.division, application.notify, application.kid, application.signers, at,
        ),
    )  # fmt: skip
    added = _agreement(connection, habits=habits, application=application)
    if added is None:
        raise RuntimeError("An agreement that was inserted is not there")
    return Opened(added, login, new=True)


def _agreement(connection: sqlite3.Connection, *, habits: BankHabits, application: Application) -> sqlite3.Row | None:
    """Return the agreement of an account in a direction, if there is one."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM agreement WHERE bank = ? AND account = ? AND direction = ?",
        (habits.id, application.account, application.direction),
    ).fetchone()
    return row


def _check_same(known: sqlite3.Row, application: Application) -> None:
    """Refuse other content under the same account and direction."""
    fields = ("customer_id", "division", "notify", "kid", "signers")
    other = [field for field in fields if known[field] != getattr(application, field)]
    if other:
        raise CallRefused(409, "agreement_exists", f"The account has an agreement with another {', '.join(other)}")


def _login_of(connection: sqlite3.Connection, *, habits: BankHabits, application: Application, at: str) -> sqlite3.Row:
    """Return the company's login at the bank, made with a key pair of its own unless a public key was handed in."""
    where = (habits.id, application.org_number)
    query = "SELECT * FROM login WHERE bank = ? AND org_number = ?"
    login = connection.execute(query, where).fetchone()
    if login is None:
        private, public = (None, application.public_key) if application.public_key else _new_key()
        connection.execute(
            "INSERT INTO login (bank, org_number, username, private_key, created_at) VALUES (?, ?, ?, ?, ?)",
            (*where, f"{habits.id}-{application.org_number}", private, at),
        )
        login = connection.execute(query, where).fetchone()
        _add_key(connection, login["id"], public)
    if application.public_key:
        _add_key(connection, login["id"], application.public_key)
    found: sqlite3.Row = login
    return found


def _new_key() -> tuple[str, str]:
    """Return a new pair of a private and a public key, as OpenSSH writes them."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment="simulated bank")
    return key.export_private_key().decode(), key.export_public_key().decode().strip()


def _add_key(connection: sqlite3.Connection, login_id: int, public_key: str) -> None:
    """Let a public key sign in."""
    connection.execute(
        "INSERT INTO login_key (login_id, public_key) VALUES (?, ?) ON CONFLICT DO NOTHING", (login_id, public_key)
    )


def _open_account(
    connection: sqlite3.Connection, *, habits: BankHabits, application: Application, login_id: int
) -> None:
    """Open the account with its opening balance, unless the company has it already."""
    known = connection.execute(
        "SELECT login_id FROM account WHERE bank = ? AND number = ?", (habits.id, application.account)
    ).fetchone()
    if known is None:
        number = application.account
        bookings.open_account(connection, bank=habits.id, number=number, currency=CURRENCY, login_id=login_id)
        bookings.move(
            connection,
            bank=habits.id,
            source=bookings.EXTERNAL,
            target=number,
            currency=CURRENCY,
            amount=application.balance,
        )
    elif known["login_id"] != login_id:
        raise CallRefused(409, "account_of_another", "The account is another company's")

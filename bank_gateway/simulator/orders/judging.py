"""The bank's rules for one order: whose account it names, and which payments it can carry out."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bank_gateway.simulator import amounts
from bank_gateway.simulator.norwegian import kid
from bank_gateway.simulator.orders.model import Instruction, OrderHeader, OrderRefused, Transfer

Reason = tuple[str, str]
FINE: Reason = ("", "")
LARGEST = 10_000_000_000 * 10**5  # ten milliards, in units of 0.00001
MIXED = "Mixing of structured and unstructured message information not allowed"


@dataclass(frozen=True)
class DebtorAgreement:
    """What the bank checks an order against: whose account, under which ids; and who signs in the net bank."""

    login_id: int
    currency: str
    customer_id: str
    division: str
    signers: int


@dataclass(frozen=True)
class Register:
    """The bank's agreements as one order needs them: debtor accounts, and the KIDs its own creditors accept."""

    debtors: Mapping[str, DebtorAgreement]
    kid_formats: Mapping[str, Sequence[kid.KidFormat]]


def load_register(connection: sqlite3.Connection, *, bank: str) -> Register:
    """Load the agreements of a bank."""
    rows = connection.execute("SELECT * FROM agreement WHERE bank = ?", (bank,)).fetchall()
    debtors = {
        row["account"]: DebtorAgreement(
            row["login_id"], row["currency"], row["customer_id"], row["division"], row["signers"]
        )
        for row in rows
        if row["direction"] == "remittance"
    }
    formats = {row["account"]: kid_formats(row["kid"]) for row in rows if row["direction"] == "incoming"}
    return Register(debtors, {account: each for account, each in formats.items() if each})


def kid_formats(text: str) -> list[kid.KidFormat]:
    """Return the KID structures kept as JSON with an incoming agreement."""
    return [kid.KidFormat(each["length"], each["modulus"]) for each in json.loads(text)]


def check_debtor(
    register: Register, *, ids: Sequence[str], header: OrderHeader, instruction: Instruction, login_id: int
) -> DebtorAgreement:
    """Return the agreement of the account that pays; `ids` are the schemes under which the bank wants its ids.

    Raises OrderRefused when the account isn't the sender's, or the sender's ids aren't those of the agreement.
    """
    agreement = register.debtors.get(instruction.account)
    if agreement is None:
        raise OrderRefused("AC02", f"Debtor account {instruction.account} has no remittance agreement")
    if agreement.login_id != login_id:
        raise OrderRefused("AG01", f"Debtor account {instruction.account} may not be used by this sender")
    _check_id("CUST", header.customer_id, agreement.customer_id, ids=ids)
    _check_id("BANK", header.division, agreement.division, ids=ids)
    if instruction.method != "TRF":
        raise OrderRefused("AG03", f"Payment method {instruction.method} is not supported")
    return agreement


def _check_id(scheme: str, given: str, agreed: str, *, ids: Sequence[str]) -> None:
    """Refuse an order whose initiating party isn't the one of the agreement, or is named in another scheme.

    An agreement without such an id demands none.
    """
    if scheme not in ids:
        if given:
            raise OrderRefused("BE15", f"Initiating party: an id of scheme {scheme} is not used by this bank")
    elif agreed and given != agreed:
        said = f"{scheme} {given} is not the one of the agreement" if given else f"{scheme} is missing"
        raise OrderRefused("BE15", f"Initiating party: {said}")


def judge_transfer(register: Register, *, transfer: Transfer, currency: str) -> Reason:
    """Return why a payment can't be carried out, as code and text, or two empty texts."""
    if transfer.account is None:
        return "AC03", f"Ugyldig kreditkonto {transfer.account_text}".strip()
    if transfer.currency != currency:
        return "AM03", f"Currency {transfer.currency} is not supported"
    if transfer.value <= 0:
        return "AM01", "Amount is zero"
    if transfer.value > LARGEST:
        return "AM02", "Amount is too large"
    if amounts.minor_of_scaled(transfer.value, transfer.currency) is None:
        return "CH20", "Too many decimals in the amount"
    if transfer.mixed:
        return "CH17", MIXED
    return _judge_kids(register, account=transfer.account, kids=transfer.kids)


def _judge_kids(register: Register, *, account: str, kids: Sequence[str]) -> Reason:
    """Return RR09 with the wrong KIDs, each checked against the creditor's own structures where the bank has them."""
    formats = register.kid_formats.get(account)
    wrong = [
        each for each in kids if not (kid.fits_agreement(each, formats) if formats else kid.is_kid(each))
    ]  # fmt: skip
    return ("RR09", f"Ugyldig KID {', '.join(wrong)}") if wrong else FINE

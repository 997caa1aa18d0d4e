"""Customers of any bank, and orders as that bank wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bank_gateway.simulator.profiles import BANKS, BankHabits
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, OUR_ORG, THEIR_ACCOUNT, Info, Order, Tx
from tests.bank_gateway.simulator.running import PROGRAM, Login, Simulator

ALL = ",".join(BANKS)
KID_FORMATS = [{"length": 7, "modulus": "mod10"}]


@dataclass(frozen=True)
class BankCustomer:
    """Fjordvarme at one bank: 10,000.00 on its account unless told otherwise."""

    simulator: Simulator
    habits: BankHabits
    agreement: Any

    @property
    def login(self) -> Login:
        """Return the customer's login at the present address."""
        return self.simulator.login(self.agreement)

    def order(self, message_id: str, infos: list[Info], **fields: Any) -> bytes:
        """Build an order as this bank wants it."""
        return Order(message_id, infos, **{**spelling(self.habits), **fields}).xml()

    def send(self, message_id: str, infos: list[Info], **fields: Any) -> None:
        """Upload an order as this bank wants it."""
        self.login.upload(f"{message_id}.xml", self.order(message_id, infos, **fields))

    def send_payments(self, message_id: str, *payments: Tx, **info: Any) -> None:
        """Upload an order of one PmtInf."""
        self.send(message_id, [Info(list(payments), **info)])

    def advance(self, **target: Any) -> None:
        """Move the clock; `next_cutoff` is this bank's own."""
        if target.get("to") == "next_cutoff":
            target["bank"] = self.habits.id
        self.simulator.advance(**target)

    def post(self, call: str, body: Any, *, status: int = 200) -> Any:
        """Call the control API of this bank."""
        return self.simulator.post(f"banks/{self.habits.id}/{call}", body, status=status)

    def receipts(self) -> list[bytes]:
        """Return every pain.002 in the order it was made."""
        return self.login.fetch("PAIN002")

    def debits(self) -> list[bytes]:
        """Return every debit notification in the order it was made."""
        return self.login.fetch("CAMT054D")

    def executed(self) -> list[str]:
        """Return the end-to-end ids of what was executed, in order."""
        return [str(row["end_to_end_id"]) for row in reversed(self.simulator.executions())]


def spelling(habits: BankHabits) -> dict[str, Any]:
    """Return how an order to a bank differs from one to DNB."""
    return {
        "version": habits.fallback_order[-2:],
        "division": "0001" if "BANK" in habits.initiating_ids else "",
        "sums": "NbOfTxs" not in habits.refused_elements,
    }


def start(folder: Path, bank: str, *, program: str = PROGRAM, banks: str = "") -> Simulator:
    """Start the banks with calls going to one of them."""
    simulator = Simulator(folder, banks=banks or bank)
    simulator.bank = bank
    simulator.start(program=program)
    return simulator


def open_at(simulator: Simulator, habits: BankHabits, *, balance: str = "10000.00", signers: int = 0) -> BankCustomer:
    """Open the customer's agreements at a bank."""
    agreement = simulator.post(
        f"banks/{habits.id}/agreements",
        {
            "org_number": OUR_ORG,
            "account": OUR_ACCOUNT,
            "direction": "remittance",
            "customer_id": OUR_ORG,
            "division": "0001",
            "balance": balance,
            "signers": signers,
        },
    )
    return BankCustomer(simulator, habits, agreement)


def open_creditor(customer: BankCustomer, *, notify: str = "ocr") -> Login:
    """Give the creditor an account at the same bank, with its own KIDs."""
    body = {
        "org_number": "987654325", "account": THEIR_ACCOUNT, "direction": "incoming", "kid": KID_FORMATS,
        "notify": notify,
    }  # fmt: skip
    return customer.simulator.login(customer.post("agreements", body, status=201))


Open = Callable[..., BankCustomer]

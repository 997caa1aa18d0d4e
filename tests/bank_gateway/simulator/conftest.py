"""A running simulator with one customer, and what it came with."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bank_gateway.simulator.profiles import BANKS
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, OUR_ORG
from tests.bank_gateway.simulator.running import Login, Simulator
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open, open_at, start

KID_FORMATS = [{"length": 7, "modulus": "mod10", "customer": [1, 4], "invoice": [5, 6]}]


@dataclass(frozen=True)
class Customer:
    """Fjordvarme at the bank: a remittance and an incoming agreement on one account, 10,000.00 on it."""

    simulator: Simulator
    remittance: Any
    incoming: Any

    @property
    def login(self) -> Login:
        return self.simulator.login(self.remittance)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    running = Simulator(tmp_path / "banks with space")
    running.start()
    yield running
    if running.process is not None:
        running.stop()


@pytest.fixture
def customer(simulator: Simulator) -> Customer:
    return open_customer(simulator)


@pytest.fixture(scope="module")
def standing_customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    """A customer shared by the tests of a file that change nothing, most of them because they are refused."""
    running = Simulator(tmp_path_factory.mktemp("standing"))
    running.start()
    yield open_customer(running)
    running.stop()


@pytest.fixture
def standing(standing_customer: Customer) -> Simulator:
    return standing_customer.simulator


def open_customer(simulator: Simulator, *, notify: str = "ocr", balance: str = "10000.00") -> Customer:
    remittance = simulator.open(
        org_number=OUR_ORG,
        account=OUR_ACCOUNT,
        direction="remittance",
        customer_id=OUR_ORG,
        division="0001",
        balance=balance,
    )
    incoming = simulator.open(
        org_number=OUR_ORG, account=OUR_ACCOUNT, direction="incoming", notify=notify, kid=KID_FORMATS
    )
    return Customer(simulator, remittance, incoming)


@pytest.fixture(scope="module")
def standing_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankCustomer]:
    """A customer of Nordea shared by the tests of a file that change nothing."""
    simulator = start(tmp_path_factory.mktemp("standing_bank"), "nordea")
    yield open_at(simulator, BANKS["nordea"])
    simulator.stop()


@pytest.fixture
def open_bank(tmp_path: Path) -> Iterator[Open]:
    """Start one bank with one customer: `open_bank("nordea", balance="250.00", signers=1)`."""
    started: list[Simulator] = []

    def open_it(bank: str, **fields: Any) -> BankCustomer:
        simulator = start(tmp_path / bank, bank)
        started.append(simulator)
        return open_at(simulator, BANKS[bank], **fields)

    yield open_it
    for simulator in started:
        if simulator.process is not None:
            simulator.stop()

"""Taking the steps of a plan: work is sent and paid in, banks are bent, processes die and freeze."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from decimal import Decimal
from typing import Any

import requests

from tests.chaos.house import House, chance
from tests.chaos.orders import write_order
from tests.chaos.people import People
from tests.chaos.plan import Death, Fault, Freeze, Plan
from tests.chaos.work import Receipt
from tests.faults.system import wait_for
from tests.faults.walk import HAPPENED

# How long a step waits for its moment: a fault may have seen to it that it never comes.
_MOMENT_SECONDS = 5.0
_SENT_SECONDS = 8.0
_BROKER_AWAY_SECONDS = 3.0
_ERP_SECONDS = 180.0
_RECEIPTS_SECONDS = 10.0
_SENDER = (
    "worker", "--queues", "bank_out", "--hostname", "relief@autopay", "--concurrency", "1", "--without-mingle",
)  # fmt: skip
_NOT_GONE = """
SELECT 1 FROM remittance_remittance r LEFT JOIN bank_gateway_outgoingfile f ON f.subject_id = r.id
 WHERE r.message_id = ANY(%s) AND (f.id IS NULL OR f.state IN ('queued', 'uploading', 'renaming'))
"""
# The moments of an order that don't come while what goes to its bank is stopped.
_LEAVING = ("uploading", "renaming", "sent", "answered")
_INCOMING = "SELECT count(*) FROM bank_gateway_incomingfile"


class Play:
    """One run being played in a house."""

    def __init__(self, house: House, plan: Plan, people: People) -> None:
        self._house, self._plan, self._people = house, plan, people
        self._pool = ThreadPoolExecutor(16)
        self._sending: list[Future[Any]] = []
        self._advancing: Future[None] | None = None
        self._frozen: list[threading.Thread] = []
        self._paused: set[str] = set()

    def run(self) -> None:
        """Take every step, then end what is still frozen or on its way."""
        try:
            for step in self._plan.steps:
                time.sleep(step.pause)
                self._house.note(str(step))
                arguments = () if step.about is None else (step.about,)
                getattr(self, step.kind)(*arguments)
        finally:
            self._end()

    def _end(self) -> None:
        for thread in self._frozen:
            thread.join()
        self._house.system.wait_until_whole()
        for future in (*self._sending, *([self._advancing] if self._advancing else [])):
            future.result(timeout=_ERP_SECONDS)
        self._pool.shutdown()

    # -- work -------------------------------------------------------------------------------------------------

    def send(self, message_id: str) -> None:
        """Have the ERP send an order; it goes on trying in the background."""
        order = self._plan.order_of(message_id)
        body, media = write_order(order, account=self._house.account(order.bank), day=self._house.day(order.bank))
        erp = self._house.payer.erp
        self._sending.append(self._pool.submit(lambda: erp.send(body, media=media, key=f"key-{message_id}")))

    def receive(self, receipt: Receipt) -> None:
        """Let customers pay; where the bank's answer is lost, its own storage says whether they have."""
        how = {"kid": receipt.kid} if receipt.kid else {"message": receipt.text}
        if receipt.at_cutoff:
            how["at"] = "next_cutoff"
        with suppress(requests.RequestException):
            self._house.banks[receipt.bank].pay_in(
                account=self._house.account(receipt.bank), amount=f"{Decimal(receipt.minor) / 100:.2f}",
                count=receipt.count, **how,
            )  # fmt: skip

    def wait_for_sent(self) -> None:
        """Give the files that nobody holds back some time to leave."""
        names = [order.message_id for order in self._plan.orders if order.bank not in self._paused]
        wait_for(
            lambda: all(future.done() for future in self._sending) and not self._house.rows(_NOT_GONE, names),
            seconds=_SENT_SECONDS,
        )

    def give_answers(self) -> None:
        """Let the banks write their receipts, and give the portal some time to see them."""
        before = self._count_incoming()
        self._house.banks["dnb"].advance_by(seconds=_RECEIPTS_SECONDS)
        wait_for(lambda: self._count_incoming() >= before + len(self._plan.orders), seconds=_MOMENT_SECONDS)

    def refuse(self, named: tuple[str, str]) -> None:
        """Have a bank plan to refuse a payment on its day, if it has it."""
        self._change("reject", named)

    def cancel(self, named: tuple[str, str]) -> None:
        """Have the customer cancel a payment in the net bank, if the bank has it."""
        self._change("cancel", named)

    def give_back(self, named: tuple[str, str]) -> None:
        """Have a payment come back, if it is executed by now."""
        self._change("return", named)

    def _change(self, what: str, named: tuple[str, str]) -> None:
        message_id, end_to_end_id = named
        bank = self._house.banks[self._plan.order_of(message_id).bank]
        answer = bank.ask_for(what, {"end_to_end_id": end_to_end_id})
        self._house.note(f"{what} {end_to_end_id}: {answer.status_code}")

    def cut_off(self) -> None:
        """Let the earliest bank have its next cut-off; the step goes on while that is played."""
        if self._advancing is not None:
            self._advancing.result(timeout=_ERP_SECONDS)
            wait_for(lambda: not self._house.truth.lying_about(), seconds=_MOMENT_SECONDS)
        at = min(bank.next_cutoff() for bank in self._house.banks.values())
        bank = self._house.banks["dnb"]
        self._files_before = self._count_incoming()
        self._advancing = self._pool.submit(lambda: bank.advance_to(at))

    # -- trouble ----------------------------------------------------------------------------------------------

    def switch_faults(self, wanted: tuple[str, tuple[Fault, ...]]) -> None:
        """Give a bank the faults it has from now on."""
        bank, faults = wanted
        self._house.banks[bank].put_faults([fault.as_json() for fault in faults])

    def tidy(self) -> None:
        """Let the banks clear their folders of uploads that nobody finished, as banks do."""
        for name in self._house.truth.clear_unfinished():
            self._house.note(f"the bank removed {name}")

    def decide_doubts(self) -> None:
        """Let two operators decide what is in doubt while the faults are still on."""
        self._people.decide_doubts()

    def pause(self, bank: str) -> None:
        """Have an operator stop what goes to a bank; it is lifted the next day (`settle.py`)."""
        self._people.pause(bank)
        self._paused.add(bank)

    def kill(self, death: Death) -> None:
        """Kill a process with SIGKILL at its moment."""
        self._await(death.moment, death.message_id)
        time.sleep(death.delay)
        if not self._is_up(death.victim):
            return
        with suppress(ProcessLookupError), self._forgotten() if death.victim == "broker" else nullcontext():
            name = self._house.system.kill(death.victim, chance(self._plan.seed, death))
            self._house.kills[death.victim] += 1
            self._house.note(f"killed {name}")

    @contextmanager
    def _forgotten(self) -> Iterator[None]:
        """Take from the broker that is killed in the block all that it held, and keep it away for a while."""
        supervisor = self._house.system.running.process.pid
        os.kill(supervisor, signal.SIGSTOP)
        # Whoever commits until then can tell nobody.
        back = threading.Timer(_BROKER_AWAY_SECONDS, os.kill, (supervisor, signal.SIGCONT))
        try:
            yield
            shutil.rmtree(self._house.system.running.var / "valkey", ignore_errors=True)
        finally:
            back.start()
            self._frozen.append(back)

    def freeze(self, freeze: Freeze) -> None:
        """Stop a process with SIGSTOP at its moment; it goes on after a while, in the background."""
        if not self._is_up(freeze.victim):
            return
        _, pid = self._house.system.find(freeze.victim, chance(self._plan.seed, freeze))
        self._await(freeze.moment, freeze.message_id)
        thread = threading.Thread(target=self._keep_frozen, args=(freeze, pid), daemon=True)
        self._frozen.append(thread)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._house.freezes[freeze.victim] += 1
        thread.start()

    def _keep_frozen(self, freeze: Freeze, pid: int) -> None:
        until = time.monotonic() + freeze.seconds
        try:
            # Started only now, so that what the frozen one has in hand is its own.
            with self._relief() if freeze.past_lease else nullcontext():
                time.sleep(max(0.0, until - time.monotonic()))
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
                time.sleep(0.5)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def _relief(self) -> Iterator[None]:
        with self._house.system.another(*_SENDER):
            yield

    def _is_up(self, victim: str) -> bool:
        """Return whether the program runs, after some time for one that is just being started again."""
        choice = chance(self._plan.seed, victim)

        def runs() -> bool:
            try:
                return bool(self._house.system.find(victim, choice))
            except (AssertionError, OSError, ValueError):
                return False

        return self._house.wait(runs, seconds=_MOMENT_SECONDS, what=f"{victim} runs")

    def _await(self, moment: str, message_id: str) -> None:
        if moment in ("sending", "executing"):
            return
        if moment == "reported":
            wait_for(lambda: self._count_incoming() > self._files_before, seconds=_MOMENT_SECONDS)
            return
        if moment in _LEAVING and self._plan.order_of(message_id).bank in self._paused:
            self._house.note(f"{message_id} is held back")
            return
        if moment == "answered":
            self._house.banks["dnb"].advance_by(seconds=_RECEIPTS_SECONDS)
        if not wait_for(lambda: self._house.rows(HAPPENED[moment], message_id), seconds=_MOMENT_SECONDS):
            self._house.note(f"{message_id} never {moment}")

    def _count_incoming(self) -> int:
        count: int = self._house.rows(_INCOMING)[0][0]
        return count

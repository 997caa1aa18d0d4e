"""The count after a run: what was sent, what the banks did, what the ledgers hold and the feeds told is one."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.chaos.house import Before, Company, House
from tests.chaos.plan import Plan
from tests.chaos.truth import Credit
from tests.chaos.work import Fate, Payment, mark_of

_PAYMENTS = """
SELECT p.end_to_end_id, p.status, p.amount, p.category, p.reason_code FROM remittance_payment p
  JOIN remittance_remittance r ON r.id = p.remittance_id WHERE r.message_id LIKE %s
"""
_RECEIVED = """
SELECT account, coalesce(kid, ''), coalesce(message, ''), amount, count(*) FROM payments_in_incomingpayment
 WHERE created_at > %s GROUP BY 1, 2, 3, 4
"""
_REFUSED = """
SELECT payment.end_to_end_id FROM refusal JOIN payment ON payment.id = refusal.payment
WHERE payment.end_to_end_id LIKE ?
"""
_DEAD = frozenset({"rejected_by_bank", "rejected_by_autopay", "stopped", "cancelled"})
_BANK_LINE = "1920"
_UNPLACED = "2990"
_SALARY = "2930"


@dataclass(frozen=True)
class Stored:
    """A payment as the portal has it."""

    status: str
    minor: int
    category: str
    reason: str | None


@dataclass
class Count:
    """The books of one run, read when it is over."""

    house: House
    plan: Plan
    before: Before

    @cached_property
    def executed(self) -> Counter[tuple[str, Decimal, str]]:
        """How often the banks executed what since the run began: end-to-end id, amount, debtor account."""
        return Counter(
            (row["end_to_end_id"], Decimal(row["amount"]), row["debtor_account"])
            for bank in self.house.banks.values()
            for row in bank.executions_since(self.before.at)
        )

    @cached_property
    def wanted(self) -> dict[tuple[str, Decimal, str], Payment]:
        """The payments that were sent, by what tells them at the bank."""
        return {
            (payment.end_to_end_id, Decimal(payment.minor) / 100, self.house.account(order.bank)): payment
            for order in self.plan.orders
            for payment in order.payments
        }

    @cached_property
    def stored(self) -> dict[str, Stored]:
        """The payments as the portal has them."""
        rows = self.house.rows(_PAYMENTS, f"{mark_of(self.plan.seed)}%")
        return {name: Stored(status, minor, category, reason) for name, status, minor, category, reason in rows}

    @cached_property
    def refused(self) -> frozenset[str]:
        """What was refused late or cancelled at a bank."""
        return self._names(_REFUSED)

    def _names(self, query: str) -> frozenset[str]:
        rows = self.house.truth.rows(query, f"{mark_of(self.plan.seed)}%")
        return frozenset(row["end_to_end_id"] for row in rows)

    @cached_property
    def lines(self) -> dict[str, list[dict[str, Any]]]:
        """Every company's new ledger lines, each with its batch's `agreement` and number in it."""
        return {company.id: list(self._lines(company)) for company in self.house.companies}

    def _lines(self, company: Company) -> Iterator[dict[str, Any]]:
        for batch in self._batches(company):
            for line in company.erp.all(f"ledger-batches/{batch['id']}/lines?limit=500"):
                yield {**line, "agreement": batch["agreement"], "batch": batch["number"]}

    def _batches(self, company: Company) -> list[dict[str, Any]]:
        return self._all_batches[company.id]

    @cached_property
    def _all_batches(self) -> dict[str, list[dict[str, Any]]]:
        """Every company's new ledger batches."""
        first = self.before.batches
        return {
            company.id: [
                batch
                for batch in company.erp.all("ledger-batches?limit=500")
                if batch["number"] > first.get(company.id, 0)
            ]
            for company in self.house.companies
        }

    # -- the faults -------------------------------------------------------------------------------------------

    @cached_property
    def lost(self) -> list[str]:
        """Payments that were to be executed and weren't, or that ended as something else than the bank did."""
        missing = [
            f"{payment.end_to_end_id} ({payment.fate}) wasn't executed and stands {self._status(payment)}"
            for what, payment in self.wanted.items()
            if not self.executed[what] and (self._must_be_executed(payment) or self._status(payment) not in _DEAD)
        ]
        return [*missing, *(f"{name} isn't stored" for name in self._names_wanted - set(self.stored))]

    @cached_property
    def doubled(self) -> list[str]:
        """Payments executed more than once, and executions that nobody sent."""
        return [
            f"{what} executed {times} times" for what, times in self.executed.items() if times > (what in self.wanted)
        ]

    @cached_property
    def denied(self) -> list[str]:
        """Payments that the bank executed and that are called anything but paid or returned."""
        return [
            f"{payment.end_to_end_id} was executed and stands {self._status(payment)}"
            for what, payment in self.wanted.items()
            if self.executed[what]
            and (self._status(payment) != self._end_of(payment) or payment.fate in (Fate.WRONG_KID, Fate.NO_FUNDS))
        ]

    @cached_property
    def misbooked(self) -> list[str]:
        """What isn't in exactly one ledger line, vouchers off balance, accounts that differ from the bank's."""
        return [
            *self._payments_misbooked(),
            *self._receipts_misbooked(),
            *(fault for company in self.house.companies for fault in self._unbalanced(company)),
            *self._accounts_off(),
        ]

    @cached_property
    def untold(self) -> list[str]:
        """What the feeds didn't tell, or told otherwise or twice."""
        return [fault for company in self.house.companies for fault in self._untold(company)]

    @cached_property
    def money(self) -> list[str]:
        """Banks whose sum over all accounts has changed."""
        now = self.house.balances()
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for (bank, account), balance in now.items():
            sums[bank] += balance - self.before.balances.get((bank, account), Decimal(0))
        return [f"{bank} has made or lost {by}" for bank, by in sums.items() if by]

    def faults(self) -> list[str]:
        """Return everything that isn't as it must be."""
        return [*self.lost, *self.doubled, *self.denied, *self.misbooked, *self.untold, *self.money]

    # -- payments out -----------------------------------------------------------------------------------------

    @property
    def _names_wanted(self) -> set[str]:
        return {payment.end_to_end_id for payment in self.plan.payments}

    def _status(self, payment: Payment) -> str:
        stored = self.stored.get(payment.end_to_end_id)
        return stored.status if stored else "not stored"

    def _must_be_executed(self, payment: Payment) -> bool:
        name = payment.end_to_end_id
        return payment.fate not in (Fate.WRONG_KID, Fate.NO_FUNDS) and name not in self.refused

    def _end_of(self, payment: Payment) -> str:
        return "returned" if payment.end_to_end_id in self._returned else "paid"

    @cached_property
    def _returned(self) -> dict[str, tuple[int, int]]:
        return self.house.truth.returns(self.before.truth)

    def _payments_misbooked(self) -> Iterator[str]:
        """Compare the payer's lines with the executions: one debit each, a credit more where it came back."""
        lines = self.lines[self.house.payer.id]
        booked = Counter((line["end_to_end_id"], _signed(line)) for line in lines if line["end_to_end_id"])
        expected: Counter[tuple[str, Decimal]] = Counter()
        for (name, amount, _), times in self.executed.items():
            if name in self.stored and self.stored[name].category != "salary":
                expected[name, amount] += times
                if name in self._returned:
                    expected[name, -amount] += 1
        yield from _differences("booked", expected, booked)
        salary = sum((_signed(line) for line in lines if line["account"] == _SALARY), Decimal(0))
        paid = self._salary_paid()
        if salary != paid:
            yield f"salary booked {salary}, executed less returned {paid}"

    def _salary_paid(self) -> Decimal:
        paid = Decimal(0)
        for (name, amount, _), times in self.executed.items():
            if name in self.stored and self.stored[name].category == "salary":
                paid += amount * times - (amount if name in self._returned else 0)
        return paid

    # -- payments in ------------------------------------------------------------------------------------------

    @cached_property
    def credits(self) -> Counter[Credit]:
        """What arrived at the banks."""
        return self.house.truth.credits(self.before.truth)

    def _receipts_misbooked(self) -> Iterator[str]:
        """Compare what arrived at the banks with what was received and with the ledgers' lines."""
        arrived: Counter[tuple[str, str, Decimal]] = Counter()
        for each, count in self.credits.items():
            arrived[each.account, each.kid or each.text, Decimal(each.minor) / 100] += count
        received: Counter[tuple[str, str, Decimal]] = Counter()
        for account, kid, message, minor, count in self.house.rows(_RECEIVED, self.before.received):
            received[account, kid or message, Decimal(minor) / 100] += count
        yield from _differences("received", arrived, received)
        by_amount: Counter[tuple[str, Decimal]] = Counter()
        for (account, _, amount), count in arrived.items():
            by_amount[account, amount] += count
        yield from _differences("receipt booked", by_amount, self._receipts_booked())

    def _receipts_booked(self) -> Counter[tuple[str, Decimal]]:
        booked: Counter[tuple[str, Decimal]] = Counter()
        for company in self.house.companies:
            for line in self.lines[company.id]:
                if line["account"] not in (_BANK_LINE, _SALARY) and not line["end_to_end_id"] and _is_receipt(line):
                    booked[company.accounts[line["agreement"]], -_signed(line)] += 1
        return booked

    # -- ledgers ----------------------------------------------------------------------------------------------

    def _unbalanced(self, company: Company) -> Iterator[str]:
        vouchers: defaultdict[tuple[int, Any], Decimal] = defaultdict(Decimal)
        for line in self.lines[company.id]:
            vouchers[line["batch"], line["voucher"]] += _signed(line)
        yield from (f"{company.name}: voucher {voucher} is off by {by}" for voucher, by in vouchers.items() if by)
        numbers = sorted({batch["number"] for batch in self._batches(company)})
        first = self.before.batches.get(company.id, 0)
        if numbers != list(range(first + 1, first + 1 + len(numbers))):
            yield f"{company.name}: batch numbers {numbers} after {first}"

    def _accounts_off(self) -> Iterator[str]:
        """Compare how the bank lines of each account moved with how its balance did."""
        moved: defaultdict[str, Decimal] = defaultdict(Decimal)
        for company in self.house.companies:
            for line in self.lines[company.id]:
                if line["account"] == _BANK_LINE:
                    moved[company.accounts[line["agreement"]]] += _signed(line)
        ours = {account for company in self.house.companies for account in company.accounts.values()}
        for (bank, account), balance in self.house.balances().items():
            by = balance - self.before.balances[bank, account]
            if account in ours and by != moved[account]:
                yield f"{account} at {bank} moved by {by}, its ledger lines by {moved[account]}"

    # -- feeds ------------------------------------------------------------------------------------------------

    def _untold(self, company: Company) -> Iterator[str]:
        first = self.before.messages.get(company.id, 0)
        yield from (f"{company.name}: {fault}" for fault in company.feed.faults)
        got = [message for message in list(company.feed.messages) if message["sequence"] > first]
        ((last,),) = self.house.rows(
            "SELECT coalesce(max(sequence), 0) FROM erp_gateway_message WHERE company_id = %s", company.id
        )
        if [message["sequence"] for message in got] != list(range(first + 1, last + 1)):
            yield f"{company.name}: of the messages {first + 1} to {last} {len(got)} were delivered"
        yield from self._batches_untold(company, got)
        yield from self._receipts_untold(company, got)
        if company.id == self.house.payer.id:
            yield from self._payments_untold(got)

    def _batches_untold(self, company: Company, got: list[dict[str, Any]]) -> Iterator[str]:
        told = Counter(message["data"]["number"] for message in got if message["kind"] == "ledger_batch_ready")
        made = Counter(batch["number"] for batch in self._batches(company))
        yield from _differences(f"{company.name}: batch told", made, told)

    def _receipts_untold(self, company: Company, got: list[dict[str, Any]]) -> Iterator[str]:
        told: Counter[str] = Counter()
        for message in got:
            if message["kind"] == "incoming_payments":
                told[message["data"]["account"]] += message["data"]["count"]
        arrived: Counter[str] = Counter()
        for each, count in self.credits.items():
            if each.account in company.accounts.values():
                arrived[each.account] += count
        yield from _differences(f"{company.name}: receipts told", arrived, told)

    def _payments_untold(self, got: list[dict[str, Any]]) -> Iterator[str]:
        """Compare what was told of each payment last, and how often it was told as over, with where it stands."""
        told: defaultdict[str, list[str]] = defaultdict(list)
        salary: Counter[str] = Counter()
        for message in got:
            if message["kind"] != "payment_status":
                continue
            data = message["data"]
            salary[data["status"]] += data.get("salary", {}).get("count", 0)
            for payment in data["payments"]:
                told[payment["end_to_end_id"]].append(payment["status"])
        for name, stored in self.stored.items():
            if stored.category == "salary":
                continue
            statuses = told[name]
            if not statuses or statuses[-1] != stored.status or statuses.count("paid") > 1:
                yield f"{name} stands {stored.status}, told as {statuses}"
        paid = sum(
            stored.category == "salary" and stored.status in ("paid", "returned") for stored in self.stored.values()
        )
        if salary["paid"] != paid:
            yield f"{paid} salaries are paid, {salary['paid']} told so"


def _is_receipt(line: Mapping[str, Any]) -> bool:
    """Return whether a line is what a customer paid: a credit on his account, or on the one for what nobody places."""
    return bool(line["customer"]) or line["account"] in ("1500", _UNPLACED)


def _signed(line: Mapping[str, Any]) -> Decimal:
    return Decimal(line["debit"] or 0) - Decimal(line["credit"] or 0)


def _differences(what: str, expected: Counter[Any], found: Counter[Any]) -> Iterator[str]:
    for each in sorted({*expected, *found}, key=str):
        if expected[each] != found[each]:
            yield f"{each} {what} {found[each]} times instead of {expected[each]}"

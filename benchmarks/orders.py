"""Read and write payment orders, beside a bare schema-checking parse of the same file in the same process.

python -m benchmarks.orders [PAYMENTS ...]
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from bank_gateway.messages.pain001 import (
    OrderDocument,
    OrderGroup,
    OrderHeader,
    OrderPayment,
    OrderReader,
    OrganisationId,
    write_order,
)
from bank_gateway.messages.pain001.versions import VERSIONS, schema_of
from bank_gateway.norway.kid import mod10_check_digit

VERSION = "09"
REPEATS = 3


@dataclass(frozen=True)
class Timing:
    """Hold what one size took: seconds of processor time, the best of some runs, and megabytes."""

    payments: int
    megabytes: float
    write: float
    parse: float
    read: float
    peak_megabytes: int

    @property
    def ratio(self) -> float:
        """Return how many bare parses a whole reading costs."""
        return self.read / self.parse


def sample_payments(count: int) -> Iterator[OrderPayment]:
    """Yield payments as suppliers are paid: mostly by KID, some by text, a few with invoices and a credit note."""
    for number in range(count):
        body = f"{number:08}"
        kid = body + mod10_check_digit(body)
        payment = OrderPayment(
            end_to_end_id=f"INV-2026-{number:08}",
            instruction_id=f"{number}",
            amount=f"{number % 90_000 + 1}.{number % 100:02}",
            currency="NOK",
            creditor_name=f"Leverandør {number % 5000} & Sønner AS",
            creditor_account="86011117947",
            creditor_country="NO",
            postcode="0155",
            town="Oslo",
        )
        if number % 10 == 0:
            yield payment._replace(message=f"Faktura {number}, takk for jobben")
        elif number % 50 == 1:
            yield payment._replace(documents=_documents(number))
        else:
            yield payment._replace(kid=kid)


def _documents(number: int) -> tuple[OrderDocument, ...]:
    return (
        OrderDocument(type="invoice", number=f"F-{number}", amount=f"{number % 90_000 + 101}.{number % 100:02}"),
        OrderDocument(type="credit_note", number=f"K-{number}", amount="100.00"),
    )


def write_sample(target: BinaryIO, *, payments: int, message_id: str = "BENCH-1", account: str = "12345678903") -> None:
    """Write an order of this many payments in one group, about 0.5 kB each."""
    total = sum(n % 90_000 + 1 for n in range(payments)) * 100 + sum(n % 100 for n in range(payments))
    control_sum = f"{total // 100}.{total % 100:02}"
    ids = (OrganisationId("CUST", "974760673"), OrganisationId("BANK", "0001"))
    group = OrderGroup(
        payment_information_id=f"{message_id}-1",
        execution_date=date(2026, 11, 30),
        debtor_name="Fjordvarme Testbedrift AS",
        debtor_account=account,
        debtor_bic="DNBANOKK",
        payments=sample_payments(payments),
        payment_count=payments,
        control_sum=control_sum,
        batch_booking=True,
        category_purpose="SUPP",
    )
    header = OrderHeader(
        message_id=message_id,
        created_at=datetime(2026, 11, 24, 8, 15),  # noqa: DTZ001 - a file's own time carries no zone
        payment_count=payments,
        control_sum=control_sum,
        initiating_party="Fjordvarme Testbedrift AS",
        organisation_ids=ids,
    )
    write_order(target, version=VERSION, header=header, groups=[group])


def bare_parse(path: Path) -> None:
    """Parse with the schema and let every payment go, doing nothing with it."""
    version = VERSIONS[VERSION]
    tag = version.tag("CdtTrfTxInf")
    for _event, element in etree.iterparse(str(path), events=("end",), tag=tag, schema=schema_of(version)):
        element.clear()
        before, above = element.getprevious(), element.getparent()
        if before is not None and before.tag == tag and above is not None:
            above.remove(before)


def read(path: Path) -> int:
    """Read every row; return how many payments there were."""
    with path.open("rb") as source:
        return sum(chunk.count for chunk in OrderReader(source).chunks())


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(payments: int) -> Timing:
    """Measure one size; parse and read take turns, so that a busy machine slows both."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "order.xml"
        with path.open("wb") as target:
            write = _seconds(lambda: write_sample(target, payments=payments))
        assert read(path) == payments
        turns = [(_seconds(lambda: bare_parse(path)), _seconds(lambda: read(path))) for _ in range(REPEATS)]
        return Timing(
            payments=payments,
            megabytes=path.stat().st_size / 1e6,
            write=write,
            parse=min(parse for parse, _ in turns),
            read=min(read for _, read in turns),
            peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        )


def main() -> None:
    """Print a table of the sizes named on the command line."""
    print("payments      MB   write s   parse s    read s   read/parse   µs/payment   peak MB")
    for payments in map(int, sys.argv[1:] or ["1000", "100000"]):
        one = measure(payments)
        print(
            f"{one.payments:>8} {one.megabytes:>7.1f} {one.write:>9.2f} {one.parse:>9.2f} {one.read:>9.2f} "
            f"{one.ratio:>12.2f} {one.read / one.payments * 1e6:>12.1f} {one.peak_megabytes:>9}"
        )


if __name__ == "__main__":
    main()

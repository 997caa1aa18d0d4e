"""Reading takes the same memory for four times the transactions (measured in processes of their own)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_gateway.messages.camt054.documents import Entry, Notification, Transaction, document
from tests.bank_gateway.messages.ocr_giro.files import Assignment, Payment, file_of

MOST_MEGABYTES = 60
_READ = """
import sys
from bank_gateway.messages.recognise import open_reader
with open(sys.argv[2], "rb") as stream:
    rows = sum(piece.rows for piece in open_reader(message_type=sys.argv[1], stream=stream).pieces())
# The peak of this program: getrusage would give that of the process it was forked from.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, int(peak.split()[1]) // 1024)
"""


def written(count: int, shape: str) -> Iterator[bytes]:
    """Write `count` transactions as one entry, as an entry each, or as OCR giro."""
    if shape == "ocr_giro":
        yield file_of(Assignment([Payment(serial=f"{number % 100:05d}") for number in range(count)]))
        return
    transactions = [Transaction(kid=f"{number:07d}", debtor_name=f"Kunde {number}") for number in range(count)]
    entries = [Entry(transactions)] if shape == "one entry" else [Entry([one]) for one in transactions]
    yield document(Notification(entries))


def megabytes_for(count: int, shape: str, folder: Path) -> int:
    path = folder / f"{count}"
    path.write_bytes(b"".join(written(count, shape)))
    message_type = "ocr_giro" if shape == "ocr_giro" else "camt.054.001.08"
    command = [sys.executable, "-c", _READ, message_type, str(path)]
    rows, megabytes = map(int, subprocess.run(command, check=True, capture_output=True, timeout=100).stdout.split())
    assert rows > count
    return megabytes


@pytest.mark.parametrize("shape", ["one entry", "many entries", "ocr_giro"])
def test_memory_does_not_grow_with_the_file(shape: str, tmp_path: Path) -> None:
    small, large = (megabytes_for(count, shape, tmp_path) for count in (10_000, 40_000))

    assert large <= MOST_MEGABYTES
    assert large - small <= 6

"""Memory doesn't grow with the number of payments, measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.orders import write_sample

ROOT = Path(__file__).parents[4]
FEW, MANY = 2_000, 60_000
LIMIT_MEGABYTES = 40
GROWTH_MEGABYTES = 6

# VmHWM is this process's own; the maximum of getrusage may be inherited from the one that started it.
PROGRAM = """
import sys
from bank_gateway.messages.pain001 import OrderReader, find_schema_errors
with open(sys.argv[2], "rb") as source:
    if sys.argv[1] == "read":
        count = sum(chunk.count for chunk in OrderReader(source).chunks())
    else:
        count = find_schema_errors(source).count
print(count, next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def peak_megabytes(what: str, path: Path, expected: int) -> float:
    command = [sys.executable, "-c", PROGRAM, what, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    count, kilobytes = done.stdout.split()
    assert int(count) == expected
    return int(kilobytes) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its own peak memory from /proc")
@pytest.mark.parametrize("what", ["read", "errors"])
def test_memory_is_the_same_for_few_and_for_many_payments(what: str, tmp_path: Path) -> None:
    peaks = []
    for count in (FEW, MANY):
        path = tmp_path / f"{count}.xml"
        with path.open("wb") as target:
            write_sample(target, payments=count)
        if what == "errors":
            path.write_bytes(path.read_bytes().replace(b"<TwnNm>Oslo", b"<TwnNm>" + b"Oslo" * 10))
        peaks.append(peak_megabytes(what, path, count))
    few, many = peaks
    assert many < LIMIT_MEGABYTES
    assert many - few < GROWTH_MEGABYTES

"""The floor: what no intake of such a file can do without, however it is written.

libxml2 reads the file against its schema (`iterparse`), and PostgreSQL takes the rows that intake stored, every
column of them, by COPY into a plain table and commits them. Nothing is checked, hashed, indexed or kept besides.
"""

import io
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg2
from lxml import etree

_NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds of the two parts."""

    parse: float
    copy: float

    @property
    def total(self) -> float:
        """Both in a row, as one process would do them."""
        return self.parse + self.copy


def measure_floor(path: Path, *, remittance: str, database_url: str) -> Floor:
    """Return the better of two runs of each part: over the order at `path`, and over its stored payments."""
    schema = etree.XMLSchema(etree.parse(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd")))
    return Floor(
        parse=min(walk_file(path, f"{_NAMESPACE}CdtTrfTxInf", schema=schema) for _ in range(2)),
        copy=_copy_best_of_two(remittance, database_url),
    )


def walk_file(path: Path, tag: str, *, schema: etree.XMLSchema | None = None) -> float:
    """Let libxml2 walk a file, letting go of each element of a name, and return the seconds it took."""
    started = time.perf_counter()
    with path.open("rb") as file:
        for _, element in etree.iterparse(file, tag=tag, schema=schema):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return time.perf_counter() - started


def _copy_best_of_two(remittance: str, database_url: str) -> float:
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            rows = io.BytesIO()
            query = cursor.mogrify("SELECT * FROM remittance_payment WHERE remittance_id = %s", [remittance]).decode()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", rows)
            return min(_copy(connection, cursor, rows) for _ in range(2))
    finally:
        connection.close()


def _copy(connection: Any, cursor: Any, rows: io.BytesIO) -> float:
    """COPY into a new table of the same columns, without its indexes and keys."""
    cursor.execute("DROP TABLE IF EXISTS bench_floor")
    cursor.execute("CREATE TABLE bench_floor (LIKE remittance_payment)")
    connection.commit()
    rows.seek(0)
    started = time.perf_counter()
    cursor.copy_expert("COPY bench_floor FROM STDIN WITH (FORMAT csv)", rows)
    connection.commit()
    took = time.perf_counter() - started
    cursor.execute("DROP TABLE bench_floor")
    connection.commit()
    return took

"""The floor: what no intake of such a file can do without, however it is written.

libxml2 reads the file against its schema (`iterparse`), and PostgreSQL takes the same rows by COPY into a plain
table and commits them. Nothing is checked, hashed, indexed or kept besides.
"""

import io
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

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


def measure_floor(path: Path, *, database_url: str) -> Floor:
    """Return the better of two runs of each part over `path`."""
    schema = etree.XMLSchema(etree.parse(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd")))
    rows = _rows(path)
    return Floor(
        parse=min(_parse(path, schema) for _ in range(2)),
        copy=min(_copy(rows, database_url) for _ in range(2)),
    )


def _parse(path: Path, schema: etree.XMLSchema) -> float:
    started = time.perf_counter()
    with path.open("rb") as file:
        for _, element in etree.iterparse(file, tag=f"{_NAMESPACE}CdtTrfTxInf", schema=schema):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return time.perf_counter() - started


def _rows(path: Path) -> bytes:
    """Return the file's payments as CSV, outside what is measured."""
    wanted = ("InstrId", "EndToEndId", "InstdAmt", "Nm", "Ref", "Ustrd")
    out = io.StringIO()
    with path.open("rb") as file:
        for number, (_, element) in enumerate(etree.iterparse(file, tag=f"{_NAMESPACE}CdtTrfTxInf"), start=1):
            values = [element.findtext(f".//{_NAMESPACE}{name}") or "" for name in wanted]
            ids = [found.text or "" for found in element.iter(f"{_NAMESPACE}Id") if found.text and found.text.strip()]
            fields = [str(number), *values, *ids[:2]]
            out.write(",".join('"' + field.replace('"', '""') + '"' for field in fields) + "\n")
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return out.getvalue().encode()


def _copy(rows: bytes, database_url: str) -> float:
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_floor")
            columns = ", ".join(f"c{index} text" for index in range(8))
            cursor.execute(f"CREATE TABLE bench_floor (number int, {columns})")
            connection.commit()
            started = time.perf_counter()
            cursor.copy_expert("COPY bench_floor FROM STDIN WITH (FORMAT csv)", io.BytesIO(rows))
            connection.commit()
            took = time.perf_counter() - started
            cursor.execute("DROP TABLE bench_floor")
            connection.commit()
        return took
    finally:
        connection.close()

"""Write the reports that stand in the outbox, and lay every finished file into its login's `from_bank/`."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bank_gateway.simulator import storage
from bank_gateway.simulator.contents import flush_folder, hash_of, read_chunks
from bank_gateway.simulator.faults import delivery
from bank_gateway.simulator.house import ARCHIVE, FROM_BANK, House
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.reports import notifications, receipts

LOG = logging.getLogger(__name__)
PUT_BY_HAND = "by hand"


def finish(connection: sqlite3.Connection, house: House) -> None:
    """Write every report that has no bytes yet, then deliver every file that isn't delivered. May run any time."""
    for report in connection.execute("SELECT * FROM report WHERE file_id IS NULL ORDER BY id").fetchall():
        _write(connection, house, report)
    deliver(connection, house)


def deliver(connection: sqlite3.Connection, house: House) -> None:
    """Lay written files into `from_bank/`, each once; a name that is taken waits until the client has moved it.

    Faults that are on have their say first.
    """
    delivery.decide(connection, house, exempt=PUT_BY_HAND)
    delivery.release_due(connection, house)
    rows = connection.execute(
        "SELECT file.*, login.username FROM file JOIN login ON login.id = file.login_id "
        "WHERE file.state = 'written' ORDER BY coalesce(file.turn, file.id)"
    ).fetchall()
    for row in rows:
        folder = house.login_folder(row["username"])
        if _lies_there(folder, row) or _lay(house.contents.path(row["sha256"]), folder / FROM_BANK / row["name"]):
            connection.execute("UPDATE file SET state = 'delivered' WHERE id = ?", (row["id"],))
        else:
            LOG.warning("%s waits: a file of that name lies in from_bank", row["name"])


def add_file(
    connection: sqlite3.Connection, *, bank: str, login_id: int, name: str, kind: str, sha256: str, size: int, at: str
) -> int:
    """Note a file from the bank whose bytes are kept, in the caller's transaction."""
    inserted = connection.execute(
        "INSERT INTO file (bank, login_id, direction, name, kind, sha256, size, at, state) "
        "VALUES (?, ?, 'out', ?, ?, ?, ?, ?, 'written')",
        (bank, login_id, name, kind, sha256, size, at),
    )
    return int(inserted.lastrowid or 0)


def _write(connection: sqlite3.Connection, house: House, report: sqlite3.Row) -> None:
    """Make a report's bytes and note the file."""
    kept = house.contents.keep(_bytes_of(connection, house.banks[report["bank"]], report))
    with storage.transaction(connection):
        file_id = add_file(
            connection,
            bank=report["bank"],
            login_id=report["login_id"],
            name=report["name"],
            kind=report["kind"],
            sha256=kept.sha256,
            size=kept.size,
            at=report["at"],
        )
        connection.execute("UPDATE report SET file_id = ? WHERE id = ?", (file_id, report["id"]))


def _bytes_of(connection: sqlite3.Connection, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield a report's bytes."""
    if report["kind"] == "debit":
        return notifications.write_debits(connection, habits=habits, report=report)
    if report["kind"] == "credit":
        return notifications.write_credits(connection, habits=habits, report=report)
    if report["kind"] == "return":
        return notifications.write_returns(connection, habits=habits, report=report)
    if report["kind"] == "taken":
        return notifications.write_taken(connection, habits=habits, report=report)
    if report["kind"] == "ocr":
        return notifications.write_ocr(connection, report=report)
    return receipts.write_receipt(connection, habits=habits, report=report)


def _part_of(target: Path) -> Path:
    """Return the name a file has while it is being laid."""
    return target.with_name(f"{target.name}.part")


def _lies_there(folder: Path, row: sqlite3.Row) -> bool:
    """Tell whether a delivery was made already and only its note is missing, as after a kill."""
    places = [folder / FROM_BANK / row["name"]]
    if row["kind"] != PUT_BY_HAND:
        places.append(folder / ARCHIVE / row["name"])
    found = any(
        place.is_file() and place.stat().st_size == row["size"] and hash_of(place) == row["sha256"] for place in places
    )
    if found:
        _part_of(places[0]).unlink(missing_ok=True)
    return found


def _lay(content: Path, target: Path) -> bool:
    """Lay a file under its name without overwriting, whole or not at all; tell whether the name was free."""
    part = _part_of(target)
    part.unlink(missing_ok=True)  # a kill may have left it linked to a delivered file, which must not be written to
    with part.open("wb") as copy:
        for chunk in read_chunks(content):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    finally:
        part.unlink()
        flush_folder(target.parent)
    return True

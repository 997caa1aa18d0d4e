"""What faults do to files on their way to `from_bank/`, and how what they held gets there in the end.

A spoilt file is a file of its own under the name it should have had; the right one waits and comes under a new name,
so that nothing a client may just be reading is ever changed under it.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping

from bank_gateway.simulator import storage
from bank_gateway.simulator.faults import dice, kinds, spoiling
from bank_gateway.simulator.house import House

PILE = 3
_UNDECIDED = """
SELECT * FROM file WHERE state = 'written' AND drawn = 0 AND direction = 'out' AND kind <> ? ORDER BY id
"""
_PILE = "SELECT id, name FROM file WHERE state = 'held' AND fault = ? AND login_id = ? ORDER BY id"
_DUE = """
SELECT id, fault, login_id FROM file WHERE state = 'held' AND held_until IS NOT NULL AND held_until <= ? ORDER BY id
"""

Strike = Callable[[sqlite3.Connection, House, sqlite3.Row, random.Random], str]


def decide(connection: sqlite3.Connection, house: House, *, exempt: str) -> None:
    """Throw the dice for every file that is about to be delivered, each file once, in the order they were made.

    Files of the kind `exempt` are left alone.
    """
    rows = connection.execute(_UNDECIDED, (exempt,)).fetchall()
    for row in rows:
        if on := house.faults.on_delivery(row["bank"]):
            with storage.transaction(connection):
                _decide(connection, house, row, on)
    if rows:
        house.faults.load_releases(connection)


def _decide(connection: sqlite3.Connection, house: House, row: sqlite3.Row, on: tuple[str, ...]) -> None:
    """Let the first fault strike whose die says so."""
    connection.execute("UPDATE file SET drawn = 1 WHERE id = ?", (row["id"],))
    for name in on:
        if name == kinds.WRONG_CHARSET and not row["name"].endswith(".xml"):
            continue
        thrown = dice.throw(connection, bank=row["bank"], name=name)
        if thrown is not None:
            detail = _STRIKES[name](connection, house, row, thrown)
            dice.note(connection, house.clock, bank=row["bank"], name=name, file=row["name"], detail=detail)
            return


def _silence(connection: sqlite3.Connection, house: House, row: sqlite3.Row, thrown: random.Random) -> str:
    """Withhold a file until the silence is lifted."""
    _hold(connection, row, fault=kinds.SILENCE)
    return "withheld"


def _out_of_order(connection: sqlite3.Connection, house: House, row: sqlite3.Row, thrown: random.Random) -> str:
    """Put a file on its login's pile; a full pile is delivered from the top."""
    _hold(connection, row, fault=kinds.OUT_OF_ORDER, seconds=_seconds(connection, row, kinds.OUT_OF_ORDER))
    pile = connection.execute(_PILE, (kinds.OUT_OF_ORDER, row["login_id"])).fetchall()
    if len(pile) >= PILE:
        _turn_over(connection, pile)
    return "held for the reverse order"


def _half(connection: sqlite3.Connection, house: House, row: sqlite3.Row, thrown: random.Random) -> str:
    """Deliver half a file; the whole one comes later under a new name."""
    half = spoiling.half_of(house.contents.path(row["sha256"]))
    _spoil(connection, house, row, fault=kinds.HALF_FROM_BANK, content=half)
    seconds = _seconds(connection, row, kinds.HALF_FROM_BANK)
    later = _hold(connection, row, fault=kinds.HALF_FROM_BANK, seconds=seconds, name=_second_name(row["name"]))
    return f"half; whole later as {later}"


def _wrong_charset(connection: sqlite3.Connection, house: House, row: sqlite3.Row, thrown: random.Random) -> str:
    """Deliver a file in the wrong encoding; the right one comes under a new name when the fault is lifted."""
    latin1 = spoiling.in_latin1(house.contents.path(row["sha256"]))
    _spoil(connection, house, row, fault=kinds.WRONG_CHARSET, content=latin1)
    later = _hold(connection, row, fault=kinds.WRONG_CHARSET, name=_second_name(row["name"]))
    return f"ISO-8859-1 declared as UTF-8; right later as {later}"


def _answer_twice(connection: sqlite3.Connection, house: House, row: sqlite3.Row, thrown: random.Random) -> str:
    """Deliver a file twice: the same bytes under another name, or the same content under a new message id."""
    path, name = house.contents.path(row["sha256"]), _second_name(row["name"])
    anew = row["name"].endswith(".xml") and thrown.random() < 0.5
    if anew:
        old = row["name"].removesuffix(".xml")
        content: Iterator[bytes] | None = spoiling.with_new_id(path, old=old, new=name.removesuffix(".xml"))
    else:
        content = None
    _add(connection, house, row, name=name, fault=kinds.ANSWER_TWICE, content=content)
    return f"again as {name}, {'with a new message id' if anew else 'the same bytes'}"


_STRIKES: Mapping[str, Strike] = {
    kinds.SILENCE: _silence,
    kinds.OUT_OF_ORDER: _out_of_order,
    kinds.HALF_FROM_BANK: _half,
    kinds.WRONG_CHARSET: _wrong_charset,
    kinds.ANSWER_TWICE: _answer_twice,
}


def _hold(
    connection: sqlite3.Connection, row: sqlite3.Row, *, fault: str, seconds: float | None = None, name: str = ""
) -> str:
    """Hold a file back, for seconds of machine time or until the fault is lifted; return the name it comes under."""
    until = None if seconds is None else time.time() + seconds
    connection.execute(
        "UPDATE file SET state = 'held', fault = ?, held_until = ?, name = ? WHERE id = ?",
        (fault, until, name or row["name"], row["id"]),
    )
    return name or str(row["name"])


def _seconds(connection: sqlite3.Connection, row: sqlite3.Row, fault: str) -> float:
    """Return how long a fault that is on holds a file by itself."""
    kept = connection.execute("SELECT seconds FROM fault WHERE bank = ? AND name = ?", (row["bank"], fault))
    return float(kept.fetchone()["seconds"])


def _spoil(
    connection: sqlite3.Connection, house: House, row: sqlite3.Row, *, fault: str, content: Iterator[bytes]
) -> None:
    """Note a spoilt file under the name of the right one."""
    _add(connection, house, row, name=row["name"], fault=fault, content=content)


def _add(
    connection: sqlite3.Connection,
    house: House,
    row: sqlite3.Row,
    *,
    name: str,
    fault: str,
    content: Iterator[bytes] | None,
) -> None:
    """Note a file that a fault made beside another; without content of its own it has the other's."""
    sha256, size = row["sha256"], row["size"]
    if content is not None:
        kept = house.contents.keep(content)
        sha256, size = kept.sha256, kept.size
    connection.execute(
        "INSERT INTO file (bank, login_id, direction, name, kind, sha256, size, at, state, fault, drawn) "
        "VALUES (?, ?, 'out', ?, ?, ?, ?, ?, 'written', ?, 1)",
        (row["bank"], row["login_id"], name, row["kind"], sha256, size, row["at"], fault),
    )


def _second_name(name: str) -> str:
    """Return the name of a file's second appearance."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}-2.{ending}"


def _turn_over(connection: sqlite3.Connection, pile: list[sqlite3.Row]) -> None:
    """Let a pile be delivered from the top, under names that sort in that order too."""
    for low, high in zip(pile, reversed(pile), strict=True):
        connection.execute(
            "UPDATE file SET state = 'written', turn = ?, name = ?, held_until = NULL WHERE id = ?",
            (high["id"], _with_number_of(low["name"], high["name"]), low["id"]),
        )


def _with_number_of(name: str, other: str) -> str:
    """Return a name with the day and number of another; SIM-BANK-KIND-DAY-NUMBER.ending is how all of them are made."""
    kind = name.rsplit("-", 2)[0]
    day, number = other.rpartition(".")[0].rsplit("-", 2)[1:]
    return f"{kind}-{day}-{number}.{name.rpartition('.')[2]}"


def release_due(connection: sqlite3.Connection, house: House) -> None:
    """Deliver what was held for a time that has passed."""
    due = house.faults.next_release
    if due is None or due > time.time():
        return
    with storage.transaction(connection):
        for row in connection.execute(_DUE, (time.time(),)).fetchall():
            if row["fault"] == kinds.OUT_OF_ORDER:
                _turn_over(connection, connection.execute(_PILE, (row["fault"], row["login_id"])).fetchall())
            else:
                connection.execute("UPDATE file SET state = 'written', held_until = NULL WHERE id = ?", (row["id"],))
    house.faults.load_releases(connection)


def release_lifted(connection: sqlite3.Connection, *, bank: str, still_on: set[str]) -> None:
    """Deliver, in the caller's transaction, what was held by faults of a bank that are no longer on."""
    held = connection.execute(
        "SELECT DISTINCT login_id, fault FROM file WHERE state = 'held' AND bank = ?", (bank,)
    ).fetchall()
    for row in held:
        if row["fault"] in still_on:
            continue
        if row["fault"] == kinds.OUT_OF_ORDER:
            _turn_over(connection, connection.execute(_PILE, (row["fault"], row["login_id"])).fetchall())
        else:
            connection.execute(
                "UPDATE file SET state = 'written', held_until = NULL "
                "WHERE state = 'held' AND fault = ? AND login_id = ?",
                (row["fault"], row["login_id"]),
            )

"""`autopay fetch`: ready batches as files in a folder.

Without --ack nothing is leased: the batches stay ready, and what is there already is left alone. With --ack each batch
is fetched, leased, put under its name and reported posted, in that order: a lease is held only for the moment between,
and a crash in it leaves the file with the batch ready again, never a batch posted without its file.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..client import FileReceived
from ..errors import DamagedError, Refused
from ..shapes import LedgerBatch
from .context import DONE, REFUSED, UNABLE, Context
from .problems import show_refusal

LEASE_SECONDS = 300


class AnotherFileError(Exception):
    """A file of that name with other bytes is there."""


def fetch(context: Context) -> int:
    """Fetch every ready batch, oldest first; a batch that is refused doesn't keep the others waiting."""
    folder = Path(context.options.to)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        batches = sorted(context.client.ledger_batches(status="ready"), key=lambda batch: batch["number"])
        codes = {_fetch_one(context, folder, batch) for batch in batches}
    except AnotherFileError as error:
        context.screen.tell(context.texts("another_file", path=error), "bold red")
        return UNABLE
    except OSError as error:
        context.screen.tell(context.texts("unwritable", path=folder, reason=error.strerror or error), "bold red")
        return UNABLE
    if not batches:
        context.screen.say(context.texts("nothing_ready"))
    elif not context.options.ack:
        context.screen.tell(context.texts("still_ready"), "dim")
    return max(codes, default=DONE)


def _fetch_one(context: Context, folder: Path, batch: LedgerBatch) -> int:
    try:
        with _part(folder) as part:
            _put(context, folder, batch, part)
    except Refused as refusal:
        context.screen.tell(context.texts("batch_refused", number=batch["number"]), "bold red")
        show_refusal(context, refusal)
        if refusal.code == "export_refused":
            context.screen.tell(context.texts("try_json"))
        return REFUSED
    except DamagedError as error:
        context.screen.tell(context.texts("batch_refused", number=batch["number"]), "bold red")
        context.screen.tell(context.texts("damaged", reason=error), "red")
        return UNABLE
    return DONE


def _put(context: Context, folder: Path, batch: LedgerBatch, part: Path) -> None:
    received = _download(context, batch, part)
    path = folder / f"{batch['number']}-{batch['kind']}.{received.ending}"
    if not context.options.ack:
        _say(context, batch, path, "fetched" if keep(part, path) else "fetched_before")
        return
    lease = context.client.lease(batch["id"], seconds=LEASE_SECONDS)
    keep(part, path)
    context.client.posted(batch["id"], lease_id=lease["lease_id"])
    _say(context, batch, path, "posted")


def _download(context: Context, batch: LedgerBatch, part: Path) -> FileReceived:
    with part.open("xb") as file:
        received = context.client.file(batch["id"], context.options.format, file.write)
        file.flush()
        os.fsync(file.fileno())
    return received


@contextmanager
def _part(folder: Path) -> Iterator[Path]:
    """Give a name in the folder to write under, out of sight of who watches it, and remove what is left there."""
    part = folder / f".autopay-{secrets.token_hex(8)}.part"
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def keep(part: Path, path: Path) -> bool:
    """Give a whole file its name, on disk before this returns; False where the same bytes have it already.

    Raises AnotherFileError where other bytes have it: a file is never written over.
    """
    try:
        _name(part, path)
    except FileExistsError:
        if path.read_bytes() != part.read_bytes():
            raise AnotherFileError(path) from None
        return False
    _sync_folder(path.parent)
    return True


def _name(part: Path, path: Path) -> None:
    """Give `part` the name `path`. Raises FileExistsError where something has it."""
    try:
        # Unlike a rename, a link never takes another file's place.
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        # A share or a stick without links.
        if path.exists():
            raise FileExistsError(path) from None
        part.rename(path)


def _sync_folder(folder: Path) -> None:
    """Have the folder itself on disk, where a system lets one."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _say(context: Context, batch: LedgerBatch, path: Path, done: str) -> None:
    texts = context.texts
    parts = [
        str(path),
        texts.known(f"kind_{batch['kind']}", batch["kind"]),
        texts.count("one_line", "lines", batch["line_count"]),
        texts.money(batch["total"], batch["currency"]),
        texts(done),
    ]
    context.screen.say("  ".join(parts))

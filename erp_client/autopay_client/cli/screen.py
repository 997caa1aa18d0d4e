"""Where the command writes: tables and colours on a terminal, plain lines anywhere else.

What a server or a file said is never trusted to be harmless text: control characters are shown as U+FFFD, so that
no name or bank text can move the cursor or colour the screen.
"""

import sys
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

STATUS_STYLES = {
    "paid": "green",
    "completed": "green",
    "rejected_by_autopay": "red",
    "rejected_by_bank": "red",
    "rejected": "red",
    "partly_rejected": "red",
    "in_doubt": "bold red",
    "returned": "magenta",
    "awaiting_approval": "yellow",
    "pending": "yellow",
    "stop_requested": "yellow",
    "cancelled": "dim",
    "stopped": "dim",
}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the command end as it ends for any program whose reader has left; rich would make it a failure."""
        raise BrokenPipeError


class Screen:
    """Standard output and standard error, each a terminal or not."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        self.out = _Console(highlight=False)
        self.err = _Console(highlight=False, stderr=True)

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at standard output."""
        return self.out.is_terminal

    def say(self, text: str = "", style: str = "") -> None:
        """Write a line to standard output."""
        _write(self.out, text, style)

    def tell(self, text: str = "", style: str = "") -> None:
        """Write a line to standard error."""
        _write(self.err, text, style)

    def facts(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Write names and values (name, value, style), one a line, the values below each other."""
        width = max(len(name) for name, _, _ in rows) + 2
        for name, value, style in rows:
            if self.is_terminal:
                line = Text.assemble((f"  {name}".ljust(width + 2), "dim"), (harmless(value), style))
                self.out.print(line, soft_wrap=True)
            else:
                self.say(f"{name}: {value}")


def _write(console: Console, text: str, style: str) -> None:
    console.print(Text(harmless(text), style=style), soft_wrap=True)


def harmless(text: str) -> str:
    """Return `text` with every control and direction character shown as U+FFFD; line ends become spaces."""
    return "".join(
        " " if letter in "\r\n\t" else "\ufffd" if unicodedata.category(letter) in {"Cc", "Cf", "Cs"} else letter
        for letter in text
    )


def cell(text: str, style: str = "") -> Text:
    """Return a table's cell."""
    return Text(harmless(text), style=style)


def new_table(*columns: str, right: Sequence[str] = ()) -> Table:
    """Return a table with these columns, those in `right` aligned to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def clock_time(moment: str) -> str:
    """Return the hour of a moment of the API's in local time; the text itself where it is none."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return moment


def day_and_time(moment: str) -> str:
    """Return a moment of the API's as day and hour in local time."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment

"""What every command has at hand."""

import argparse
import shlex
from dataclasses import dataclass

from ..client import Client
from ..errors import Unreachable
from .screen import Screen
from .texts import Texts

DONE, REFUSED, UNABLE, INTERRUPTED = 0, 1, 2, 130
# How long a server may be away while we follow.
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Context:
    """The client, the words, the screen, and what was asked for."""

    client: Client
    texts: Texts
    screen: Screen
    options: argparse.Namespace

    def say_lost(self, error: Unreachable) -> None:
        """Say that the server is away and that we wait for it."""
        self.screen.tell(self.texts("lost", reason=error, seconds=round(PATIENCE_SECONDS)), "yellow")

    def command(self, *words: str) -> str:
        """Return a command line that calls the same company, for a person to copy."""
        chosen: list[str] = []
        if getattr(self.options, "sandbox", False):
            chosen.append("--sandbox")
        for name in ("profile", "company", "lang"):
            if value := getattr(self.options, name, None):
                chosen += [f"--{name}", value]
        return shlex.join(["autopay", *chosen, *words])

"""What a message reader says about a file: codes, places and parameters, never sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

NO_PARAMS: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True)
class MessageError:
    """Describe one fault of a file by its code, its place and the parameters of its text.

    `line` counts from 1; `xpath` names elements by their local names (`/Document/CstmrCdtTrfInitn/...`).
    The texts, in both languages, are made by whoever answers the sender.
    """

    code: str
    params: Mapping[str, str | int] = field(default_factory=lambda: NO_PARAMS)
    line: int | None = None
    xpath: str | None = None
    end_to_end_id: str | None = None


class MessageRefusedError(Exception):
    """Refuse a whole file: raised by readers where reading on makes no sense or isn't safe."""

    def __init__(self, error: MessageError) -> None:
        super().__init__(error.code)
        self.error = error


class UnreadableBankFile(Exception):  # noqa: N818 - it names the state of a file
    """Say that nothing of a bank's file may be believed: the caller keeps it whole and takes none of its rows.

    Readers stream, so rows may have been handed out before this is raised; they must be rolled back.
    """

    def __init__(self, errors: Sequence[MessageError]) -> None:
        super().__init__(", ".join(sorted({error.code for error in errors})))
        self.errors = tuple(errors)

"""The files a ledger batch can be fetched as, one module per format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from autopay_portal.core.errors import NotFoundError

from ...models import LedgerBatch
from . import gbat10, json_file


class Render(Protocol):
    """Writes a batch as bytes, the same ones each time; raises LedgerRefusedError `export_refused`."""

    def __call__(self, *, batch: LedgerBatch) -> Iterator[bytes]:
        """Yield the file's bytes in pieces."""


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: its name in addresses, media type, file name ending, and who writes it (None: not built yet)."""

    name: str
    media_type: str
    suffix: str
    render: Render | None


FORMATS: Mapping[str, ExportFormat] = MappingProxyType(
    {
        "json": ExportFormat("json", "application/json", "json", json_file.render),
        "gbat10": ExportFormat("gbat10", "application/octet-stream", "csv", gbat10.render),
        "visma_business": ExportFormat("visma_business", "application/octet-stream", "txt", None),
    }
)


def format_named(name: str) -> ExportFormat:
    """Return the format of a name in an address. Raises NotFoundError `format_unknown`."""
    try:
        return FORMATS[name]
    except KeyError:
        raise NotFoundError("format_unknown", params={"format": name[:40], "known": ", ".join(FORMATS)}) from None

"""What a file holds that isn't carried: refused where it bears on money, named where it only informs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bank_gateway.messages.errors import MessageError

MAX_LISTED: Final = 1_000
ORDER_XPATH: Final = "/Document/CstmrCdtTrfInitn"


@dataclass(slots=True)
class _Informing:
    line: int
    xpath: str
    count: int = 0


class Notes:
    """Collect elements that aren't carried, in bounded memory."""

    def __init__(self) -> None:
        self.unsupported: list[MessageError] = []
        self.unsupported_count = 0
        self._informing: dict[str, _Informing] = {}

    def refuse(self, paths: Iterable[str], *, base: str, line: int, end_to_end_id: str | None = None) -> None:
        """Add elements below `base` that bear on a payment."""
        for path in paths:
            self.unsupported_count += 1
            if len(self.unsupported) < MAX_LISTED:
                self.unsupported.append(
                    MessageError(
                        "element_not_supported",
                        params={"element": path},
                        line=line,
                        xpath=f"{base}/{path}",
                        end_to_end_id=end_to_end_id,
                    )
                )

    def mention(self, paths: Iterable[str], *, base: str, line: int) -> None:
        """Add elements below `base` that only inform."""
        for path in paths:
            xpath = f"{base}/{path}"
            kind = _without_counters(xpath)
            self._informing.setdefault(kind, _Informing(line=line, xpath=xpath)).count += 1

    def warnings(self) -> tuple[MessageError, ...]:
        """Return each kind of informing element once, with how often it came and where it first stood."""
        return tuple(
            MessageError(
                "element_not_carried",
                params={"element": kind.removeprefix(f"{ORDER_XPATH}/"), "count": found.count},
                line=found.line,
                xpath=found.xpath,
            )
            for kind, found in self._informing.items()
        )


def payment_xpath(*, group_no: int, number: int) -> str:
    """Return the XPath of a group's payment by its number within the group, from 1."""
    return f"{group_xpath(group_no=group_no)}/CdtTrfTxInf[{number}]"


def group_xpath(*, group_no: int) -> str:
    """Return the XPath of a payment group by its number, from 1."""
    return f"{ORDER_XPATH}/PmtInf[{group_no}]"


def _without_counters(xpath: str) -> str:
    return "/".join(step.partition("[")[0] for step in xpath.split("/"))

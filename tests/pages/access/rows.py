"""Who may open an address and do what there: one row per address and method, of every page and every call.

Each part of the portal keeps its rows in `table_<part>.py` as `ROWS`, and the things that its addresses name, if nobody
has made them yet, as `THINGS`: the placeholder's name and what makes such a thing in the company of a `World`.
`test_every_address.py` finds both by themselves, and fails for an address that no row names.
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from string import Formatter
from typing import TYPE_CHECKING, Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.pages import access

if TYPE_CHECKING:
    from tests.pages.access.world import World

ROLES = (
    "viewer", "uploader", "file_transfer", "approver", "autopay_administrator", "customer_administrator", "operator",
)  # fmt: skip
EVERYBODY = frozenset(ROLES)
ADMINISTRATORS = frozenset({"autopay_administrator", "customer_administrator"})
CUSTOMER_ADMINISTRATOR = frozenset({"customer_administrator"})
OPERATOR = frozenset({"operator"})

# What a placeholder stands for: a function that makes it and returns its id, noting words that nobody else may see.
Maker = Callable[["World"], Any]


def only(roles: frozenset[str], *, status: int = 200, others: int = 403) -> Mapping[str, int]:
    """Return what each role is answered: `status` to these, `others` to the rest."""
    return {role: status if role in roles else others for role in ROLES}


@dataclass(frozen=True)
class Row:
    """One address with one method, and what each role is answered there.

    `name` is the address's name (`api:payments` within a namespace; the route itself where it has none). `address` may
    hold placeholders: `{company}` and `{customer}`, and whatever some table's THINGS make. `who` says the status for
    each role; `nobody` for who isn't signed in (a redirect must lead to the sign-in); `stranger` for a user of another
    customer who asks under the company's or the customer's own address: None where the address belongs to nobody.
    `body` is what a form or a call sends; its values may hold placeholders too.
    """

    name: str
    address: str
    who: Mapping[str, int]
    method: str = "GET"
    body: Mapping[str, Any] = field(default_factory=dict)
    nobody: int = 302
    # Where who isn't signed in is led.
    leads_to: str = "/account/login/"
    stranger: int | None = 404
    # What is said of a thing under another company's address, where it was never.
    elsewhere: int = 404
    # A call of the API: signed with the company's key, in the user's name.
    call: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    # Why a browser test leaves it out: what isn't a page of its own (a file, a part of a page).
    no_page: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def names_things(self) -> bool:
        """Return whether the address names a thing of a company or a customer, not only these."""
        return bool(self.placeholders - {"company", "customer"})

    @property
    def sent_placeholders(self) -> frozenset[str]:
        """Return the names of the placeholders in what is sent."""
        texts = (value for value in self.body.values() if isinstance(value, str))
        return frozenset(name for text in texts for name in placeholders_of(text))

    @property
    def sends_things(self) -> bool:
        """Return whether what is sent names a thing."""
        return bool(self.sent_placeholders)

    @property
    def placeholders(self) -> frozenset[str]:
        """Return the names of the address's placeholders."""
        return placeholders_of(self.address)


def placeholders_of(form: str) -> frozenset[str]:
    """Return the names of the placeholders in an address or in a value that is sent."""
    return frozenset(name for _, name, _, _ in Formatter().parse(form) if name)


def page(name: str, address: str, roles: frozenset[str] = EVERYBODY, **more: Any) -> Row:
    """Return the row of a company's page: 403 to who has another role there."""
    return Row(name, address, only(roles, others=more.pop("others", 403)), **more)


def deed(name: str, address: str, roles: frozenset[str], **more: Any) -> Row:
    """Return the row of a form that is sent and leads on: 403 to who has another role there."""
    who = only(roles, status=more.pop("status", 302), others=more.pop("others", 403))
    return Row(name, address, who, method="POST", **more)


@cache
def all_rows() -> tuple[Row, ...]:
    """Return the rows of every part."""
    return tuple(row for table in _tables() for row in table.ROWS)


@cache
def all_makers() -> Mapping[str, Maker]:
    """Return what makes each thing that an address names. Raises ValueError when two parts make the same."""
    makers: dict[str, Maker] = {}
    for table in _tables():
        for name, maker in getattr(table, "THINGS", {}).items():
            if makers.setdefault(name, maker) is not maker:
                raise ValueError(f"two tables make {name}")
    return makers


def all_addresses() -> dict[str, str]:
    """Return every address of the portal: its name (or, nameless, its route) and its route."""
    return dict(_named(get_resolver().url_patterns, "", ""))


def _named(patterns: list[Any], route: str, space: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _named(pattern.url_patterns, here, inner)
        elif isinstance(pattern, URLPattern):
            yield (space + pattern.name if pattern.name else here), here


def _tables() -> Iterator[Any]:
    for found in pkgutil.iter_modules(access.__path__):
        if found.name.startswith("table_"):
            yield import_module(f"{access.__name__}.{found.name}")

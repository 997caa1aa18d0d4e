"""The frame around every page: whose company it is, where the menu leads, what the clock says."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autopay_portal.core.clocks import business_now
from bank_gateway.relay.standing_pauses import StandingPause, get_standing_pauses
from companies.access import (
    administered_customer,
    administered_customers,
    company_with_customer,
    is_operator,
    roles_in,
)
from companies.firm_queries import count_waiting_for_central
from companies.models import Company, Customer, Role
from companies.proposal_queries import count_proposals_for
from companies.queries import AlarmBadge, get_alarm_badge

# As many as one tells apart at a glance; `tokens.css` has a colour for each.
HUES = 12
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the menu: the name of its address, its word and icon.

    Every page whose address goes on from the place's belongs to it, but for a place that is `alone`; `also` names pages
    elsewhere that do.
    """

    name: str
    word: Promise
    icon: str
    also: tuple[str, ...] = ()
    alone: bool = False


COMPANY_PLACES = (
    Place("company_overview", _("Overview"), "layout-dashboard", alone=True),
    Place("remittances", _("Outgoing payments"), "arrow-up-from-line", also=("payment", "cancel_payment")),
    Place("approvals", _("Approve"), "badge-check"),
    Place("incoming_payments", _("Incoming payments"), "arrow-down-to-line"),
    Place("ledger_batches", _("Ledger batches"), "book-open-check"),
    Place("company_alarms", _("Alarms"), "bell"),
    Place("company_pauses", _("Pauses"), "circle-pause"),
)
COMPANY_SETUP_PLACES = (
    Place("agreements", _("Agreements"), "signature"),
    Place("company_administration", _("Administration"), "sliders-horizontal"),
)
CENTRAL_PLACES = (
    Place("relay", _("Relay"), "cable"),
    Place("central_orders", _("Orders"), "inbox"),
    Place("central_agreements", _("Agreements"), "signature"),
    Place("central_proposals", _("Four eyes"), "eye"),
    Place("central_connections", _("Bank connections"), "plug-zap"),
    Place("alarms", _("Alarms"), "bell"),
)


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """Places of a customer that stand together in the menu, under the word the source has for them."""

    key: str
    word: Promise
    places: tuple[Place, ...]


CUSTOMER_GROUPS = (
    PlaceGroup(
        "autopay",
        pgettext_lazy("menu", "AutoPay for all companies"),
        (
            Place("getting_started", _("Getting started"), "list-checks"),
            Place("autopay_companies", pgettext_lazy("AutoPay / Administration", "Companies"), "key-round"),
        ),
    ),
    PlaceGroup(
        "admin",
        pgettext_lazy("menu", "Admin"),
        (Place("services_in_use", pgettext_lazy("Admin", "Companies"), "toggle-right"),),
    ),
    PlaceGroup(
        "settings",
        pgettext_lazy("menu", "Settings"),
        (
            Place("customer_companies", pgettext_lazy("Settings", "Companies"), "building-2"),
            Place("customer_users", _("Users"), "users"),
            Place("proposals", _("Four eyes"), "eye"),
            Place("customer_account", _("Licence and terms"), "scroll-text"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A place as this page shows it."""

    word: Promise
    icon: str
    address: str
    current: bool
    # How many things wait there for somebody, and whether any of them is red.
    count: int = 0
    red: bool = False


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A group of places as this page shows it."""

    key: str
    word: Promise
    items: list[MenuItem]


class Frame:
    """The frame of one page; everything is worked out when the template first asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.sandbox: bool = settings.SANDBOX

    @property
    def user(self) -> Any:
        """Return the reader; error pages may come before anyone was recognised."""
        return getattr(self.request, "user", None)

    @cached_property
    def signed_in(self) -> bool:
        """Return whether somebody is signed in."""
        return self.user is not None and self.user.is_authenticated

    @cached_property
    def company(self) -> Company | None:
        """Return the company of the page's address, if the reader may see it."""
        if not self._roles:
            return None
        return company_with_customer(user=self.user, company_id=self._arguments["company_id"])

    @property
    def hue(self) -> int:
        """Return which of HUES colours the company's line has."""
        return hue_of(self.company.pk) if self.company else 0

    @cached_property
    def menu(self) -> list[MenuItem]:
        """Return the company's places; none on a page that belongs to no company."""
        if self.company is None:
            return []
        counts = {"company_alarms": (self.alarms.company, self.alarms.company_red)}
        return self._items(COMPANY_PLACES, {"company_id": self.company.pk}, counts)

    @cached_property
    def setup_menu(self) -> list[MenuItem]:
        """Return the places where the company's AutoPay is set up; none on a page that belongs to no company."""
        if self.company is None:
            return []
        return self._items(COMPANY_SETUP_PLACES, {"company_id": self.company.pk}, {})

    @cached_property
    def customer(self) -> Customer | None:
        """Return the customer whose places the menu leads to, if the reader administers it.

        It is the one of the page's address, else the one of the page's company; on a page of neither the only one.
        """
        if not self.signed_in:
            return None
        if "customer_id" in self._arguments:
            return administered_customer(user=self.user, customer_id=self._arguments["customer_id"])
        if self.company is not None:
            may = Role.CUSTOMER_ADMINISTRATOR in self._roles
            return self.company.customer if may else None
        found = list(administered_customers(user=self.user)[:2])
        return found[0] if len(found) == 1 else None

    @cached_property
    def customer_groups(self) -> list[MenuGroup]:
        """Return the customer's places in their groups, for its administrators."""
        if self.customer is None:
            return []
        arguments = {"customer_id": self.customer.pk}
        counts = {"proposals": (count_proposals_for(customer_id=self.customer.pk, user_id=self.user.pk), 0)}
        groups = (
            MenuGroup(group.key, group.word, self._items(group.places, arguments, counts)) for group in CUSTOMER_GROUPS
        )
        return [group for group in groups if group.items]

    @cached_property
    def central_menu(self) -> list[MenuItem]:
        """Return AutoPay Central's places, for its operators."""
        if not self.central:
            return []
        counts = {
            "alarms": (self.alarms.central, self.alarms.central_red),
            "central_orders": (count_waiting_for_central(), 0),
        }
        return self._items(CENTRAL_PLACES, {}, counts)

    @cached_property
    def central(self) -> bool:
        """Return whether the reader is an operator of AutoPay Central."""
        if "company_id" in self._arguments:
            return Role.OPERATOR in self._roles
        return self.signed_in and is_operator(user=self.user)

    @cached_property
    def _roles(self) -> frozenset[Role]:
        """Return the reader's roles in the company of the page's address."""
        company_id = self._arguments.get("company_id")
        if company_id is None or not self.signed_in:
            return frozenset()
        return roles_in(user=self.user, company_id=company_id)

    @cached_property
    def alarms(self) -> AlarmBadge:
        """Return how many alarms wait, of this company and, for an operator, of all."""
        return get_alarm_badge(company_id=self.company.pk if self.company else None, central=self.central)

    @cached_property
    def pauses(self) -> list[StandingPause]:
        """Return the pauses that hold this company's payments now."""
        return get_standing_pauses(company_id=self.company.pk) if self.company else []

    @property
    def companies_address(self) -> str:
        """Return where one chooses a company, so that the same page of the other opens."""
        page = self._name if set(self._arguments) == {"company_id"} else "company_overview"
        return f"{reverse('companies')}?page={page}"

    @cached_property
    def now(self) -> datetime:
        """Return the business time that the bar shows."""
        return business_now()

    @property
    def theme(self) -> str:
        """Return the chosen theme; empty follows the reader's system."""
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def here(self) -> str:
        """Return this page's address, for forms that come back to it."""
        return self.request.get_full_path()

    @property
    def _arguments(self) -> dict[str, Any]:
        match = self.request.resolver_match
        return match.kwargs if match else {}

    @property
    def _name(self) -> str:
        match = self.request.resolver_match
        return (match.url_name or "") if match else ""

    def _items(
        self, places: tuple[Place, ...], arguments: dict[str, Any], counts: Mapping[str, tuple[int, int]]
    ) -> list[MenuItem]:
        found = ((place, _address(place.name, arguments), *counts.get(place.name, (0, 0))) for place in places)
        return [
            MenuItem(place.word, place.icon, address, self._is_at(place, address), count, red > 0)
            for place, address, count, red in found
            if address
        ]

    def _is_at(self, place: Place, address: str) -> bool:
        path = self.request.path
        return path == address or self._name in place.also or (not place.alone and path.startswith(address))


def hue_of(company_id: UUID) -> int:
    """Return the same colour for the same company, always (CRC-32 of its id)."""
    return zlib.crc32(company_id.bytes) % HUES


def _address(name: str, arguments: dict[str, Any]) -> str | None:
    """Return an address, or None where its room isn't mounted: then it has no place in the menu."""
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return None

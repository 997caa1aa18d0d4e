"""The bank's day of a payment: dates in the past, too far ahead, and days on which no bank works.

Days are Norwegian (Europe/Oslo). A date up to 30 days past becomes the first possible bank day, a day that is no
bank day moves as the bank's profile says for its kind; both before approval, so that whoever approves sees the
day that counts, and both named in the warnings.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from autopay_portal.core.clocks import OSLO
from bank_gateway.norway.calendar import is_bank_day, next_bank_day, previous_bank_day
from bank_gateway.profiles import BankProfile, NonBankDayRule, PaymentKind

from .order import CATEGORIES, URGENT_LEVELS, Group, Order

# A payment's own kind, in XML: the number of its group, category purpose and service levels ("" for none).
OwnKind = tuple[int, str, str]


def set_bank_dates(order: Order, *, profile: BankProfile, now: datetime) -> None:
    """Give every group the bank's day, and note dates that are too old or too far away.

    `now` is the business time; a date counts from today in Norway.
    """
    today = now.astimezone(OSLO).date()
    for group in order.groups:
        asked = group.asked_date
        if asked is None:
            continue
        element, pointer = "ReqdExctnDt", "execution_date"
        params: dict[str, object] = {"value": asked.isoformat(), "days": profile.days_past}
        if asked < today - timedelta(days=profile.days_past):
            order.refuse("date_too_old", params=params, **order.group_place(group, element, pointer))
        elif asked > today + timedelta(days=profile.days_ahead):
            params["days"] = profile.days_ahead
            order.refuse("date_too_far", params=params, **order.group_place(group, element, pointer))
        else:
            group.bank_date = _bank_date_of(group, asked, profile=profile, now=now)
            _warn_if_moved(order, group, group.bank_date)


def day_of(group: Group, *, profile: BankProfile, now: datetime) -> date | None:
    """Return the bank's day of a group, None where it says none or one too old or too far away."""
    today, asked = now.astimezone(OSLO).date(), group.asked_date
    earliest, latest = today - timedelta(days=profile.days_past), today + timedelta(days=profile.days_ahead)
    if asked is None or not earliest <= asked <= latest:
        return None
    return _bank_date_of(group, asked, profile=profile, now=now)


def own_bank_dates(
    order: Order, kinds: Iterable[OwnKind], *, profile: BankProfile, now: datetime
) -> Iterator[tuple[OwnKind, date]]:
    """Yield the bank's day of payments that say themselves of what kind they are, where it isn't their group's."""
    for kind in kinds:
        number, category, levels = kind
        group = order.groups[number - 1]
        if group.asked_date is None or group.bank_date is None:
            continue
        urgent = group.urgent or bool(set(levels.split()) & URGENT_LEVELS)
        own = CATEGORIES.get(category, group.category)
        day = bank_date(group.asked_date, category=own, urgent=urgent, profile=profile, now=now)
        if day != group.bank_date:
            _warn_if_moved(order, group, day)
            yield kind, day


def _warn_if_moved(order: Order, group: Group, day: date) -> None:
    asked = group.asked_date
    if asked is not None and day != asked:
        params = {"asked": asked.isoformat(), "bank_date": day.isoformat(), "group": group.no}
        order.warn("date_moved", params=params)


def warn_after_switch(order: Order, *, switch_date: date) -> None:
    """Warn of each group that is due when nothing comes back on the old agreement any more."""
    for group in order.groups:
        day = group.bank_date
        if day is not None and day >= switch_date:
            order.warn(
                "due_after_switch",
                params={"day": day.isoformat(), "switch_date": switch_date.isoformat(), "group": group.no},
            )


def _bank_date_of(group: Group, asked: date, *, profile: BankProfile, now: datetime) -> date:
    return bank_date(asked, category=group.category, urgent=group.urgent, profile=profile, now=now)


def bank_date(asked: date, *, category: str, urgent: bool, profile: BankProfile, now: datetime) -> date:
    """Return the bank's day for a payment of a kind asked for on `asked`: the first possible one or a later one."""
    first = first_possible_day(category=category, urgent=urgent, profile=profile, now=now)
    if asked <= first:
        return first
    if is_bank_day(asked):
        return asked
    if profile.day_rule(category) is NonBankDayRule.PREVIOUS:
        return max(previous_bank_day(asked), first)
    return next_bank_day(asked)


def first_possible_day(*, category: str, urgent: bool, profile: BankProfile, now: datetime) -> date:
    """Return today where it is a bank day whose last cut-off for this kind is still ahead, else the next bank day."""
    local = now.astimezone(OSLO)
    today = local.date()
    if is_bank_day(today) and local.time() < profile.cut_off(_kind(category, urgent=urgent)).last:
        return today
    return next_bank_day(today + timedelta(days=1))


def _kind(category: str, *, urgent: bool) -> PaymentKind:
    if urgent:
        return PaymentKind.URGENT
    return PaymentKind.SALARY if category == "salary" else PaymentKind.NORMAL

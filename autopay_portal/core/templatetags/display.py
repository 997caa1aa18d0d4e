"""Filters that show values as `core.display` writes them. None and an empty text show nothing.

`{% load display %}`: `{{ payment.amount|amount:payment.currency }}`, `{{ agreement.account|account }}`,
`{{ remittance.created_at|moment }}`.
"""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from autopay_portal.core import display

register = template.Library()


@register.filter
def amount(minor: int | None, currency: str = "NOK") -> str:
    """Show minor units without the currency."""
    return "" if minor is None else display.show_amount(minor, currency)


@register.simple_tag
def money(minor: int | None, currency: str) -> str:
    """Show minor units with the currency behind them."""
    return "" if minor is None else display.show_money(minor, currency)


@register.filter
def count(number: int | None) -> str:
    """Show a whole number in thousands."""
    return "" if number is None else display.show_count(number)


@register.filter
def account(number: str | None) -> str:
    """Show an account number or IBAN in groups."""
    return display.show_account(number) if number else ""


@register.filter
def org_number(number: str | None) -> str:
    """Show an organisation number in groups."""
    return display.show_org_number(number) if number else ""


@register.filter
def day(value: date | None) -> SafeString | str:
    """Show a day as `<time>`, the machine's writing beside it."""
    if value is None:
        return ""
    return _time(display.in_norway(value).isoformat()[:10], display.show_day(value))


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """Show day and time in Norway as `<time>`."""
    return "" if at is None else _time(at.isoformat(timespec="seconds"), display.show_moment(at))


@register.filter
def clock_time(at: datetime | None) -> SafeString | str:
    """Show the time of day in Norway as `<time>`."""
    return "" if at is None else _time(at.isoformat(timespec="seconds"), display.show_clock(at))


@register.filter
def weekday(value: date | None) -> SafeString | str:
    """Show weekday and day without the year as `<time>`."""
    if value is None:
        return ""
    return _time(display.in_norway(value).isoformat()[:10], display.show_weekday(value))


@register.filter
def wait(at: datetime | None, now: datetime) -> str:
    """Show how long it is from `now` until a moment."""
    return "" if at is None else display.show_wait(now, at)


def _time(machine: str, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', machine, text)

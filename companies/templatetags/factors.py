"""What an approver is asked for, as templates ask it: `{% load factors %}`."""

from django import template

from companies.second_factor.asking import Asked

register = template.Library()


@register.filter
def asks_for(asked: Asked | None, level: str) -> str:
    """Return "factor", "password" or nothing, for an agreement's level."""
    if asked is None:
        return ""
    if asked.factor(level):
        return "factor"
    return "password" if asked.password(level) else ""

"""A filter that shows banks by what people call them: `{% load banks %}`, `{{ agreement.bank|bank_name }}`."""

from django import template

from bank_gateway import profiles

register = template.Library()


@register.filter
def bank_name(bank_id: str) -> str:
    """Show a bank's name."""
    return profiles.bank_name(bank_id)

"""Tags of the pages about people: `{% load people %}`."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.context import Context

register = template.Library()


@register.filter
def of(known: Mapping[str, Any], key: str) -> Any:
    """Return what stands under a key."""
    return known[key]


@register.simple_tag(takes_context=True)
def turned(context: Context, parameter: str, number: int) -> str:
    """Return the address of the same page with one of its lists turned to another page, all else kept."""
    query = context["request"].GET.copy()
    query[parameter] = str(number)
    return f"?{query.urlencode()}"

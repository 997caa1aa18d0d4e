"""The design system's components as template tags: `{% load components %}`, each shown on `/design/` in the sandbox."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import lucide
from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from autopay_portal.core.badges import badge_of
from autopay_portal.core.display import show_count

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """Show an icon beside a word; screen readers pass it by, so a control without a word needs an aria-label."""
    return _icon(name, size)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    svg: str = lucide._render_icon(
        str(name), size, stroke_width="1.75", aria_hidden="true", focusable="false", **{"class": "icon"}
    )
    return mark_safe(svg)  # noqa: S308 - the package's own drawing, by name


@register.simple_tag
def badge(kind: str, code: str) -> SafeString:
    """Show a state: icon, word, tone. Kind and code as registered in `core.badges`."""
    look = badge_of(kind, code)
    return format_html(
        '<span class="badge" data-tone="{}">{}<span>{}</span></span>', look.tone, _icon(look.icon, 14), look.label
    )


@register.simple_tag
def segments(paid: int = 0, under_way: int = 0, rejected: int = 0, total: int | None = None) -> SafeString:
    """Show a thin bar of how many payments are paid, under way and rejected; the words stand beside it for all.

    What is missing to `total` is left pale. A share above nothing is at least visible.
    """
    parts = [(paid, "done"), (under_way, "under-way"), (rejected, "wrong")]
    whole = max(total or 0, paid + under_way + rejected, 1)
    words = _segment_words(paid=paid, under_way=under_way, rejected=rejected)
    return format_html(
        '<svg class="segments" role="img" aria-label="{}" viewBox="0 0 1000 10" preserveAspectRatio="none">{}</svg>',
        words,
        format_html_join(
            "", '<rect class="segment" data-tone="{}" x="{}" width="{}" height="10"/>', _rects(parts, whole)
        ),
    )


def _rects(parts: Sequence[tuple[int, str]], whole: int) -> list[tuple[str, int, int]]:
    widths = [max(round(1000 * share / whole), 12) if share else 0 for share, _tone in parts]
    if excess := max(sum(widths) - 1000, 0):
        widths[widths.index(max(widths))] -= excess
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return [(tone, start, width) for (_share, tone), start, width in zip(parts, starts, widths, strict=True) if width]


def _segment_words(*, paid: int, under_way: int, rejected: int) -> str:
    words = [
        (paid, _("%(count)s paid")),
        (under_way, _("%(count)s under way")),
        (rejected, _("%(count)s rejected")),
    ]
    said = [text % {"count": show_count(share)} for share, text in words if share]
    return ", ".join(said) or _("No payments")


@register.simple_tag
def bars(days: Sequence[tuple[str, int, int]], label: str) -> SafeString:
    """Show pairs of bars, one pair a day: (what the day's hint says, money out, money in), amounts in minor units.

    The table behind the drawing says the same in figures; the drawing is one picture with a name for screen readers.
    """
    most = max([1, *(amount for _hint, *amounts in days for amount in amounts)])
    pairs = format_html_join(
        "",
        '<g><title>{}</title><rect class="bar-hint" x="{}" width="20" height="100"/>'
        '<rect class="bar-out" x="{}" y="{}" width="7" height="{}"/>'
        '<rect class="bar-in" x="{}" y="{}" width="7" height="{}"/></g>',
        (_pair(place * 20, hint, _height(out, most), _height(received, most))
         for place, (hint, out, received) in enumerate(days)),
    )  # fmt: skip
    return format_html(
        '<svg class="bars" role="img" aria-label="{}" viewBox="0 0 {} 100" preserveAspectRatio="none">{}</svg>',
        label, 20 * len(days), pairs,
    )  # fmt: skip


def _pair(x: int, hint: str, out: int, received: int) -> tuple[str, int, int, int, int, int, int, int]:
    return hint, x, x + 3, 100 - out, out, x + 10, 100 - received, received


def _height(amount: int, most: int) -> int:
    """Return a bar's height of 100; something above nothing is at least visible."""
    return max(round(98 * amount / most), 2) if amount > 0 else 0


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **extra: Any) -> Mapping[str, Any]:
    """Show a form's field: label, control, hint and faults, tied together for screen readers."""
    described = [f"{bound.auto_id}_fault"] * bool(bound.errors) + [f"{bound.auto_id}_hint"] * bool(bound.help_text)
    attributes = {"class": "control", "aria-describedby": " ".join(described) or None}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    given = {name: value for name, value in attributes.items() if value}
    widget = bound.field.widget
    return {
        "field": bound,
        "control": bound.as_widget(attrs={**given, **extra}),
        "ticks": isinstance(widget, CheckboxInput),
        "group": isinstance(widget, RadioSelect),
    }


@register.inclusion_tag("components/copy.html")
def copy(value: str, label: str | None = None) -> Mapping[str, Any]:
    """Show a button that copies `value`, with the word *Copy* unless `label` says more."""
    return {"value": value, "label": label or _("Copy")}


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str, icon: str = "inbox", href: str = "", action: str = "") -> Mapping[str, Any]:
    """Show why a list is empty and what the first step is, never just that there is nothing."""
    return {"title": title, "text": text, "icon": icon, "href": href, "action": action}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, next_before: Any = None, shown: int | None = None) -> Mapping[str, Any]:
    """Show the way to the next page of a keyset-paged list and back to the first, keeping the filters.

    `next_before` is what `core.paging.newest_first` returned: None on the last page.
    """
    query = context["request"].GET.copy()
    at_first = "before" not in query
    query.pop("before", None)
    first = query.urlencode()
    if next_before is not None:
        query["before"] = str(next_before)
    return {
        "first": f"?{first}",
        "at_first": at_first,
        "next": f"?{query.urlencode()}" if next_before is not None else None,
        "shown": shown,
    }


@register.simple_block_tag
def notice(content: str, tone: str = "under-way", title: str = "") -> SafeString:
    """Show a box that says what happened, what it means for the money, and what to do."""
    name = {"wrong": "octagon-x", "wants-you": "triangle-alert", "done": "circle-check"}.get(tone, "info")
    head = format_html('<p class="notice-title">{}</p>', title) if title else ""
    role = "alert" if tone == "wrong" else "note"
    return format_html(
        '<div class="notice" data-tone="{}" role="{}">{}<div class="notice-body">{}{}</div></div>',
        tone, role, _icon(name, 18), head, content,
    )  # fmt: skip


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """Show a native dialog; a control with `data-open="ID"` opens it, Escape and *Close* end it."""
    return format_html(
        '<dialog class="dialog" id="{}" aria-labelledby="{}_title"><div class="dialog-head">'
        '<h2 id="{}_title">{}</h2><button type="button" class="button icon-only quiet" data-close aria-label="{}">'
        "{}</button></div>{}</dialog>",
        id, id, id, title, _("Close"), _icon("x", 16), content,
    )  # fmt: skip


@register.simple_block_tag
def timeline(content: str, label: str = "") -> SafeString:
    """Show a course of events, oldest first; inside stand `{% event %}`s."""
    return format_html('<ol class="timeline" aria-label="{}">{}</ol>', label or _("Course of events"), content)


@register.simple_block_tag
def event(content: str, at: str = "", title: str = "", tone: str = "done", actor: str = "") -> SafeString:
    """Show one event of a timeline: time (already shown by a filter), title, who, and what stands in the block.

    Tones as of states; `ahead` for what hasn't happened yet.
    """
    return format_html(
        '<li class="event" data-tone="{}"><span class="event-time">{}</span>'
        '<div class="event-body"><p class="event-title">{}</p>{}{}</div></li>',
        tone, at, title,
        format_html('<span class="event-actor">{}</span>', actor) if actor else "",
        format_html('<div class="event-detail">{}</div>', content) if content.strip() else "",
    )  # fmt: skip

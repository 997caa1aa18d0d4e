"""Tables of the start page."""

from collections.abc import Collection, Iterable

_AMOUNT = ' class="amount"'


def table(
    heads: Iterable[str], rows: Iterable[str], *, name: str, amounts: Collection[int] = (), cards: bool = False
) -> str:
    """Return a table that scrolls by itself where it is wider than the page, by the keyboard too.

    `name`: what a screen reader calls it. `amounts`: which heads, counted from 0, stand over numbers. `cards`: on a
    phone each row is a card.
    """
    head = "".join(
        f'<th scope="col"{_AMOUNT if place in amounts else ""}>{each}</th>' for place, each in enumerate(heads)
    )
    kind = ' class="cards"' if cards else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table{kind}><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )

"""What is said of ticks that were saved: what happened, and what to do where another was first."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.utils.translation import gettext as _

from companies.people_queries import Cell
from companies.role_words import RIGHT_WORDS, RightWords
from companies.services.rights import Change


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about one tick, its level as Django's messages have them, and a toast's tone."""

    text: str
    level: int
    tone: str


def words_by_right() -> Mapping[str, RightWords]:
    """Return each right's words by its code."""
    return {words.right: words for words in RIGHT_WORDS}


def said_of(changes: list[Change], cell: Cell) -> list[Said]:
    """Return what to say of each change."""
    return [_said(change, cell) for change in changes]


def _said(change: Change, cell: Cell) -> Said:
    known = {
        "name": cell.member.name,
        "company": cell.company.name,
        "right": words_by_right()[change.right].name,
        "by": change.by,
    }
    if change.outcome == "given":
        return Said(_("Saved: %(name)s · %(company)s · %(right)s.") % known, messages.SUCCESS, "done")
    if change.outcome == "taken":
        return Said(_("Saved: %(name)s · %(company)s · no longer %(right)s.") % known, messages.SUCCESS, "done")
    if change.outcome == "proposed":
        said = _("Proposed: %(name)s · %(company)s · %(right)s. It counts when another administrator confirms it.")
        return Said(said % known, messages.INFO, "wants-you")
    if change.outcome == "already_proposed":
        said = _(
            "%(by)s has proposed %(right)s for %(name)s already. Another administrator confirms it under Four eyes."
        )
        return Said(said % known, messages.INFO, "wants-you")
    return Said(_changed(change) % known, messages.WARNING, "wants-you")


def _changed(change: Change) -> str:
    if change.by:
        return _("%(by)s has changed %(right)s for %(name)s in %(company)s meanwhile. It stands as shown now.")
    return _("Somebody has changed %(right)s for %(name)s in %(company)s meanwhile. It stands as shown now.")

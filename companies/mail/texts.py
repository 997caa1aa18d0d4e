"""The words of a mail about alarms: how many, and where to look. Nothing of what they are about (security.md 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from companies.models import AlarmMail, Audience, Language

# Of more companies at once a mail says only how many.
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What one mail tells: its rows, each of one company (or of all), and how many alarms of each stand there now."""

    mails: Sequence[AlarmMail]
    standing: Mapping[UUID | None, int]

    @property
    def red(self) -> int:
        """Return how many of the new ones are red."""
        return sum(mail.new_red for mail in self.mails)

    @property
    def amber(self) -> int:
        """Return how many of the new ones are amber."""
        return sum(mail.new_amber for mail in self.mails)


def words_of(told: Told) -> tuple[str, str]:
    """Return subject and body; in both languages where nobody knows the reader's."""
    language = told.mails[0].language
    written = []
    for each in [language] if language else [Language.NB.value, Language.EN.value]:
        with override(each):
            written.append((_subject(told), _body(told)))
    return written[0][0], "\n\n--\n\n".join(body for _, body in written) + "\n"


def _subject(told: Told) -> str:
    if told.red:
        return ngettext("AutoPay: %(n)s new red alarm", "AutoPay: %(n)s new red alarms", told.red) % {"n": told.red}
    return ngettext("AutoPay: %(n)s new alarm", "AutoPay: %(n)s new alarms", told.amber) % {"n": told.amber}


def _body(told: Told) -> str:
    listed = told.mails[:_MOST_LISTED]
    paragraphs = [_paragraph(mail, told.standing[mail.company_id]) for mail in listed]
    more = len(told.mails) - len(listed)
    if more:
        address = f"{settings.PUBLIC_URL}{reverse('companies')}"
        counted = ngettext("And in %(n)s company more:", "And in %(n)s companies more:", more) % {"n": more}
        paragraphs.append(f"{counted}\n{address}")
    return "\n\n".join(
        (
            *paragraphs,
            gettext("There you see what has happened, what it means for the money and what to do."),
            gettext("AutoPay never asks for passwords or approvals by mail."),
        )
    )


def _paragraph(mail: AlarmMail, standing: int) -> str:
    counts = {"new": mail.new_red + mail.new_amber, "red": mail.new_red, "standing": standing}
    if mail.audience == Audience.CENTRAL:
        said = gettext("New alarms: %(new)s, red: %(red)s. Waiting for somebody to take them now: %(standing)s.")
    else:
        said = gettext("New alarms: %(new)s, red: %(red)s. Open now: %(standing)s.")
    return f"{_whose(mail)}\n{said % counts}\n{settings.PUBLIC_URL}{_address(mail)}"


def _whose(mail: AlarmMail) -> str:
    """Return the company's name on one line, or Central's."""
    return " ".join(mail.company.name.split()) if mail.company else gettext("AutoPay Central")


def _address(mail: AlarmMail) -> str:
    if mail.company_id is None:
        return reverse("alarms")
    return reverse("company_alarms", kwargs={"company_id": mail.company_id})

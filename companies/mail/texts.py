"""The words of a mail about alarms: how many, and where to look. Nothing of what they are about (security.md 17)."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from companies.models import AlarmMail, Language


def words_of(mail: AlarmMail) -> tuple[str, str]:
    """Return subject and body; in both languages where nobody knows the reader's."""
    languages = [mail.language] if mail.language else [Language.NB.value, Language.EN.value]
    written = []
    for language in languages:
        with override(language):
            written.append((_subject(mail), _body(mail)))
    return written[0][0], "\n\n--\n\n".join(body for _, body in written) + "\n"


def _subject(mail: AlarmMail) -> str:
    if mail.new_red:
        return ngettext("AutoPay: %(n)s new red alarm", "AutoPay: %(n)s new red alarms", mail.new_red) % {
            "n": mail.new_red
        }
    return ngettext("AutoPay: %(n)s new alarm", "AutoPay: %(n)s new alarms", mail.new_amber) % {"n": mail.new_amber}


def _body(mail: AlarmMail) -> str:
    new = mail.new_red + mail.new_amber
    counted = ngettext("%(n)s alarm is new, %(red)s of them red.", "%(n)s alarms are new, %(red)s of them red.", new)
    waits = ngettext(
        "%(n)s alarm waits for somebody to take it.", "%(n)s alarms wait for somebody to take them.", mail.waiting
    )
    return "\n".join(
        (
            f"{_whose(mail)}: " + counted % {"n": new, "red": mail.new_red},
            waits % {"n": mail.waiting},
            "",
            gettext("What they are, what they mean for the money and what to do stands here:"),
            f"{settings.PUBLIC_URL}{_address(mail)}",
            "",
            gettext("AutoPay never asks for passwords or approvals by mail."),
        )
    )


def _whose(mail: AlarmMail) -> str:
    """Return the company's name on one line, or Central's."""
    return " ".join(mail.company.name.split()) if mail.company else gettext("AutoPay Central")


def _address(mail: AlarmMail) -> str:
    if mail.company_id is None:
        return reverse("alarms")
    return reverse("company_alarms", kwargs={"company_id": mail.company_id})

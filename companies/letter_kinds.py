"""The letters of this room, in the reader's words."""

from django.utils.translation import gettext_lazy as _

from companies.mail.letters import LetterKind, register_letter

KINDS = (
    LetterKind(
        code="invitation",
        subject=_("You are invited to AutoPay"),
        body=_(
            "%(customer)s has invited you to AutoPay. Open the link, choose a name and a password, and sign in. "
            "The link works once and for 14 days. If you didn't expect it, do nothing: without it nothing happens."
        ),
    ),
    LetterKind(
        code="order_declined",
        subject=_("Your order of AutoPay"),
        body=_(
            "AutoPay Central has declined the order for customer number %(number)s: %(reason)s\n\n"
            "You can order again when that is mended."
        ),
    ),
    LetterKind(
        code="order_known",
        subject=_("Your order of AutoPay"),
        body=_(
            "%(customer)s is a customer already and you administer it, so there is nothing to wait for. Sign in and "
            "see which licences you have and whether the terms wait for you. If it wasn't you who ordered, do nothing."
        ),
    ),
    LetterKind(
        code="order_waits",
        subject=_("An order waits"),
        body=_("Somebody has ordered AutoPay. Accept or decline it on the page of orders; others may have come since."),
    ),
    LetterKind(
        code="di_elbet_asked",
        subject=_("A licence is asked for"),
        body=_("%(customer)s (customer number %(number)s) asks for its licence for DI-Elbet."),
    ),
    LetterKind(
        code="di_elbet_registered",
        subject=_("Your DI-Elbet licence is registered"),
        body=_(
            "AutoPay Central has registered the DI-Elbet licence of %(customer)s. Activate it on your own company, and "
            "AutoPay can be switched on."
        ),
    ),
    LetterKind(
        code="handover_proposed",
        subject=_("A company is to be handed over to you"),
        body=_(
            "%(customer)s wants to hand the company %(company)s over to you. Agree or decline on the page of "
            "companies. Nothing moves before AutoPay Central has confirmed it too."
        ),
    ),
    LetterKind(
        code="handover_waits",
        subject=_("A handover waits"),
        body=_("Two customers have agreed to hand a company over. Confirm or decline it on the page of orders."),
    ),
    LetterKind(
        code="handover_done",
        subject=_("A company was handed over"),
        body=_("The company %(company)s has gone from %(giver)s to %(taker)s."),
    ),
    LetterKind(
        code="handover_ended",
        subject=_("A handover was ended"),
        body=_("The company %(company)s stays where it is: the handover was declined or withdrawn. %(reason)s"),
    ),
)


def register() -> None:
    """Make the letters of this room known."""
    for kind in KINDS:
        register_letter(kind)

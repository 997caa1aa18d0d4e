"""Order, licence and terms, companies, services in use, getting started, and the sandbox's mail."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from companies.mail.catch_all import list_mails
from tests.pages.access.rows import EVERYBODY, Maker, Row, only
from tests.pages.access.world import World


def make_caught_mail(world: World) -> str:
    """Send a mail into the sandbox's catch-all; whoever sits at the machine may read it."""
    server = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=settings.EMAIL_FILE_PATH)
    EmailMessage("Velkommen", "Hei", to=["kari@fjord.example"], connection=server).send()
    return f"{list_mails()[0].file}/{list_mails()[0].place}"


THINGS: dict[str, Maker] = {"caught_mail": make_caught_mail}
_ANYBODY = only(EVERYBODY)
ROWS: tuple[Row, ...] = (
    Row("sandbox_mails", "/sandbox/mail/", _ANYBODY, nobody=200, stranger=None),
    Row("sandbox_mail", "/sandbox/mail/{caught_mail}/", _ANYBODY, nobody=200, stranger=None),
)

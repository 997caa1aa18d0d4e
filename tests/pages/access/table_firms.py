"""Order, licence and terms, companies, services in use, getting started, and the sandbox's mail."""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from companies.mail.catch_all import list_mails
from companies.models import CustomerOrder, Letter
from companies.services import invitations, order_autopay
from tests.companies.builders import SETUP
from tests.companies.firms.builders import link_of
from tests.pages.access.rows import CUSTOMER_ADMINISTRATOR, EVERYBODY, OPERATOR, Maker, Row, deed, only, page
from tests.pages.access.world import World


def make_caught_mail(world: World) -> str:
    """Send a mail into the sandbox's catch-all; whoever sits at the machine may read it."""
    server = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=settings.EMAIL_FILE_PATH)
    EmailMessage("Velkommen", "Hei", to=["kari@fjord.example"], connection=server).send()
    return f"{list_mails()[0].file}/{list_mails()[0].place}"


def make_order(world: World) -> UUID:
    """Order AutoPay, as somebody whom nobody knows."""
    order_autopay(
        customer_number="HEMMELIG-9", company_name="Hemmelig Ny AS", email="hemmelig@ny.example", name="Hemmelig Ny",
        language="nb",
    )  # fmt: skip
    return CustomerOrder.objects.get(customer_number="HEMMELIG-9").pk


def make_invitation(world: World) -> str:
    """Invite somebody to the customer; whoever has the link may read what it says."""
    invitations.invite(
        customer_id=world.company.customer_id, email="ny@hemmelig.example", name="Ny Hemmelig", language="nb",
        actor=SETUP,
    )  # fmt: skip
    return link_of(Letter.objects.filter(kind="invitation").order_by("-pk")[0]).split("/")[2]


THINGS: dict[str, Maker] = {
    "caught_mail": make_caught_mail,
    "order": make_order,
    "invitation": make_invitation,
}
_ANYBODY, _ON = only(EVERYBODY), only(EVERYBODY, status=302)
_ADMIN = CUSTOMER_ADMINISTRATOR
_CUSTOMER = "/customers/{customer}/"
_ORDER = {"customer_number": "1", "company_name": "Ny AS", "name": "Ny", "email": "ny@ny.example"}
ROWS: tuple[Row, ...] = (
    Row("sandbox_mails", "/sandbox/mail/", _ANYBODY, nobody=200, stranger=None),
    Row("sandbox_mail", "/sandbox/mail/{caught_mail}/", _ANYBODY, nobody=200, stranger=None),
    Row("order", "/order/", _ANYBODY, nobody=200, stranger=None),
    Row("order", "/order/", _ON, "POST", _ORDER, leads_to="/order/taken/", stranger=None),
    Row("order_taken", "/order/taken/", _ANYBODY, nobody=200, stranger=None),
    Row("invitation", "/invitations/abc/", only(EVERYBODY, status=404), nobody=404, stranger=None),
    page("central_orders", "/central/orders/", OPERATOR, stranger=403),
    page("central_orders", "/central/orders/?show=answered", OPERATOR, stranger=403),
    page("central_orders", "/central/orders/?show=licences", OPERATOR, stranger=403),
    page("central_orders", "/central/orders/?show=handovers", OPERATOR, stranger=403),
    deed("answer_order", "/central/orders/{order}/answer/", OPERATOR, body={"answer": "accept"}, stranger=403),
    deed("register_di_elbet", "/central/customers/{customer}/di-elbet/", OPERATOR, stranger=403),
    page("customer_account", _CUSTOMER + "account/", _ADMIN, others=404),
    deed("accept_terms", _CUSTOMER + "account/terms/", _ADMIN, body={"terms": "{company}"}, others=404),
    deed("activate_di_elbet", _CUSTOMER + "account/di-elbet/", _ADMIN, body={"company": "{company}"}, others=404),
    deed("ask_for_di_elbet", _CUSTOMER + "account/di-elbet/ask/", _ADMIN, others=404),
)

"""Order, licence and terms, companies, services in use, getting started, and the sandbox's mail."""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from companies.mail.catch_all import list_mails
from companies.models import CustomerOrder, Letter
from companies.services import invitations, order_autopay, propose_handover, read_import
from tests.companies.builders import SETUP, make_company
from tests.companies.firms.builders import link_of
from tests.pages.access.rows import (
    ADMINISTRATORS,
    CUSTOMER_ADMINISTRATOR,
    EVERYBODY,
    OPERATOR,
    Maker,
    Row,
    deed,
    only,
    page,
)
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


def make_import(world: World) -> UUID:
    """Read a file of one company."""
    content = b"orgnr;navn;adresse;postnr;poststed\n974760673;Hemmelig Import AS;Gata 1;0155;Oslo\n"
    read = read_import(
        customer_id=world.company.customer_id, file_name="hemmelig.csv", content=content,
        user=world.people["customer_administrator"],
    )  # fmt: skip
    return read.pk


def make_handover(world: World) -> UUID:
    """Offer a company to a customer that nobody of these administers."""
    company = make_company(customer=world.company.customer, name="Hemmelig Nabo AS")
    handover = propose_handover(
        company_id=company.pk, customer_id=company.customer_id, to_number="INGEN", keeps_keys=False,
        user=world.people["customer_administrator"],
    )  # fmt: skip
    return handover.pk


THINGS: dict[str, Maker] = {
    "company_import": make_import,
    "handover": make_handover,
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
    deed("accept_terms", _CUSTOMER + "account/terms/", _ADMIN, body={"terms": "{company}"}, others=404, elsewhere=302),
    deed("activate_di_elbet", _CUSTOMER + "account/di-elbet/", _ADMIN, body={"company": "{company}"}, others=404),
    deed("ask_for_di_elbet", _CUSTOMER + "account/di-elbet/ask/", _ADMIN, others=404),
    page("customer_companies", _CUSTOMER + "companies/", _ADMIN, others=404),
    page("customer_companies", _CUSTOMER + "companies/?show=ended", _ADMIN, others=404),
    page("new_company", _CUSTOMER + "companies/new/", _ADMIN, others=404),
    deed("new_company", _CUSTOMER + "companies/new/", _ADMIN, status=422, body={"org_number": "1"}, others=404),
    page("change_company", _CUSTOMER + "companies/{company}/", _ADMIN, others=404),
    deed("change_company", _CUSTOMER + "companies/{company}/", _ADMIN, status=422, body={"name": ""}, others=404),
    deed("use_company", _CUSTOMER + "companies/{company}/use/", _ADMIN, body={"use": "not"}, others=404),
    deed("propose_handover", _CUSTOMER + "companies/{company}/handover/", _ADMIN, body={"to_number": "X"}, others=404),
    deed("answer_handover", _CUSTOMER + "handovers/{handover}/", _ADMIN, body={"answer": "end"}, others=404),
    deed("decide_handover", "/central/handovers/{handover}/", OPERATOR, body={"answer": "confirm"}, stranger=403),
    page("company_imports", _CUSTOMER + "imports/", _ADMIN, others=404),
    deed("read_companies", _CUSTOMER + "imports/read/", _ADMIN, others=404),
    page("company_import", _CUSTOMER + "imports/{company_import}/", _ADMIN, others=404),
    deed("import_companies", _CUSTOMER + "imports/{company_import}/import/", _ADMIN, others=404),
    page("services_in_use", _CUSTOMER + "services/", _ADMIN, others=404),
    page("switch_service", _CUSTOMER + "services/{company}/autopay/", _ADMIN, others=404),
    deed("switch_service", _CUSTOMER + "services/{company}/expense/", _ADMIN, others=404),
    page("getting_started", _CUSTOMER + "getting-started/", _ADMIN, others=404),
    page("company_getting_started", "/c/{company}/getting-started/", ADMINISTRATORS),
    Row("go", "/go/agreements/", _ON, stranger=None),
)

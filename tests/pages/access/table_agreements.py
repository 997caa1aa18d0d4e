"""Pages of agreements: the company's own, what others share with it, and AutoPay Central's, lines to banks too."""

from typing import Any
from uuid import UUID

from agreements.models import Agreement, Draft, Share
from agreements.services import begin_draft, import_activation_file, order_agreement, send_to_bank
from agreements.services.sharing import accept_share, invite_to_share
from companies.models import Company, Role
from tests.agreements.builders import draft as draft_agreement
from tests.agreements.builders import make_active
from tests.companies.builders import SETUP, make_company, make_user
from tests.pages.access.rows import ADMINISTRATORS, OPERATOR, ROLES, Maker, Row, deed, page
from tests.pages.access.world import World


def make_draft(world: World) -> UUID:
    """Begin an agreement and answer its first step."""
    draft = begin_draft(company=world.company, user=world.people["customer_administrator"])
    Draft.objects.filter(pk=draft.pk).update(answers={"bank": {"bank": "dnb", "kind": "remittance", "origin": "new"}})
    return draft.pk


def make_sharer(world: World) -> Company:
    """Make a company of a third customer, which shares."""
    return make_company(name="Delende Drift AS")


def make_offer(world: World) -> UUID:
    """Have another company offer an account to the company."""
    owner = make_sharer(world)
    agreement = make_active(company=owner, customer_id="1", division="1")
    user = make_user(company=owner, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    return invite_to_share(agreement_id=agreement.pk, org_number=world.company.org_number, user=user).pk


def make_share(world: World) -> UUID:
    """Have another company share an account with the company."""
    share = Share.objects.get(pk=make_offer(world))
    accept_share(share_id=share.pk, company=world.company, user=world.people["customer_administrator"])
    return share.pk


def make_ordered(world: World) -> UUID:
    """Make an agreement that is with the bank."""
    agreement = draft_agreement(company=world.company, division="1")
    order_agreement(agreement_id=agreement.pk, actor=SETUP)
    world.words.append(agreement.account)
    return send_to_bank(agreement_id=agreement.pk, actor=SETUP).pk


def make_activation_file(world: World) -> UUID:
    """Take a bank's file."""
    lines = b"account;bank_agreement_id;customer_id;date;result\n12345678903;;;2026-11-24;activated\n"
    return import_activation_file(bank="dnb", name="hemmelig.csv", content=lines, user=world.people["operator"]).pk


def make_line(world: World) -> Any:
    """Return the company's line to a bank."""
    return Agreement.objects.get(pk=world.thing("agreement")).connection_id


THINGS: dict[str, Maker] = {
    "agreement_draft": make_draft,
    "share_offer": make_offer,
    "share": make_share,
    "ordered_agreement": make_ordered,
    "activation_file": make_activation_file,
    "bank_line": make_line,
}
_A, _D = "/c/{company}/agreements/", "/c/{company}/agreements/drafts/{agreement_draft}/"
_ONE = _A + "{agreement}/"
_CENTRAL, _LINES = "/central/agreements/", "/central/connections/"
_ELSEWHERE = {"stranger": 403}
_BANK_STEP = {"bank": "dnb", "kind": "remittance", "origin": "new", "seen": "x"}
ROWS: tuple[Row, ...] = (
    page("agreements", _A),
    page("agreements", _A + "?show=ended"),
    page("agreement", _ONE),
    page("agreement_form", _ONE + "form.pdf", no_page="a file"),
    deed("new_agreement", _A + "new/", ADMINISTRATORS),
    page("convert_agreement", _A + "convert/", ADMINISTRATORS),
    deed("convert_agreement", _A + "convert/", ADMINISTRATORS, status=422),
    deed("try_kid", _A + "try-kid/", frozenset(
        {"viewer", "uploader", "file_transfer", "approver", "operator"}) | ADMINISTRATORS, status=200),
    page("agreement_draft", _D + "bank/", ADMINISTRATORS),
    page("agreement_draft", _D + "account/", ADMINISTRATORS),
    deed("agreement_draft", _D + "bank/", ADMINISTRATORS, body=_BANK_STEP),
    deed("draft_so_far", _D + "bank/so-far/", ADMINISTRATORS, status=200, body=_BANK_STEP),
    deed("finish_draft", _D + "finish/", ADMINISTRATORS),
    deed("discard_draft", _D + "discard/", ADMINISTRATORS),
    deed("answer_share", _A + "shares/{share_offer}/answer/", ADMINISTRATORS, body={"answer": "accept"}),
    deed("end_share", _A + "shares/{share}/end/", ADMINISTRATORS),
    deed("agreement_step", _ONE + "step/", ADMINISTRATORS, body={"step": "erp_off"}),
    deed("test_agreement", _ONE + "test/", ADMINISTRATORS),
    page("close_agreement", _ONE + "close/", ADMINISTRATORS, no_page="a question"),
    deed("close_agreement", _ONE + "close/", ADMINISTRATORS),
    deed("agreement_settings", _ONE + "settings/", ADMINISTRATORS, status=422),
    deed("agreement_contacts", _ONE + "contacts/", ADMINISTRATORS, body={"kind": "rejects", "email": "a@b.no"}),
    deed("agreement_mandates", _ONE + "mandates/", ADMINISTRATORS, body={"signers": "1"}),
    deed("share_agreement", _ONE + "share/", ADMINISTRATORS, body={"org_number": "974760673"}),
    deed("posted_by_hand", _ONE + "by-hand/", ADMINISTRATORS, body={"payment": "{agreement}"}),
    Row("confirm_address", "/confirm-address/never-given", dict.fromkeys(ROLES, 404), nobody=404, stranger=None,
        no_page="a letter's link"),
    page("central_agreements", _CENTRAL, OPERATOR, **_ELSEWHERE),
    page("central_agreements", _CENTRAL + "?status=ordered", OPERATOR, **_ELSEWHERE),
    page("central_agreement", _CENTRAL + "{ordered_agreement}/", OPERATOR, **_ELSEWHERE),
    deed("central_agreement_sent", _CENTRAL + "{ordered_agreement}/sent/", OPERATOR, **_ELSEWHERE),
    deed("confirm_agreement", _CENTRAL + "{ordered_agreement}/confirm/", OPERATOR,
         body={"signers": "0"}, **_ELSEWHERE),
    deed("refuse_agreement", _CENTRAL + "{ordered_agreement}/refuse/", OPERATOR, body={"reason": "Nei"}, **_ELSEWHERE),
    deed("import_activation_file", _CENTRAL + "files/", OPERATOR, status=422, **_ELSEWHERE),
    page("activation_file", _CENTRAL + "files/{activation_file}/", OPERATOR, **_ELSEWHERE),
    page("central_connections", _LINES, OPERATOR, **_ELSEWHERE),
    page("central_connections", _LINES + "?show=down", OPERATOR, **_ELSEWHERE),
    page("central_connection", _LINES + "{bank_line}/", OPERATOR, **_ELSEWHERE),
    deed("test_connection", _LINES + "{bank_line}/test/", OPERATOR, **_ELSEWHERE),
    deed("change_connection_key", _LINES + "{bank_line}/key/", OPERATOR, body={"deed": "make"}, **_ELSEWHERE),
    deed("change_host_key", _LINES + "{bank_line}/host-key/", OPERATOR, body={"deed": "add", "host_key": "x"},
         **_ELSEWHERE),
)  # fmt: skip

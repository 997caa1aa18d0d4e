"""`POST agreements/convert`: a direct agreement with the bank becomes an AutoPay one and keeps its number."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.models import Kind
from agreements.queries import agreements_visible_to
from agreements.services import Converting, StatedItem, convert_agreement
from bank_gateway.profiles import bank_ids
from companies.access import Permission

from . import schemas
from .base import SignedAPIView
from .parameters import invalid, json_text, json_whole_number
from .setup import agreement_item

_LARGEST_NUMBER = 2_147_483_647
_MOST_ITEMS = 10_000
_ITEM_TEXTS = {"end_to_end_id": 35, "amount": 20, "currency": 3, "execution_date": 10, "creditor_name": 140}


class AgreementConvertView(SignedAPIView):
    """`POST agreements/convert`."""

    permissions = {"post": Permission.AGREEMENTS}

    @extend_schema(
        summary="Convert a direct agreement into an AutoPay one, keeping its number",
        description="409 `open_items` lists in `open_items` what is unpaid by the ERP's or by our own word.",
        request=schemas.json_request(schemas.CONVERT),
        responses=schemas.CONVERTED,
    )
    def post(self, request: Request) -> Response:
        """Convert and return the agreement."""
        body = self.json_body()
        asked, stated = read_conversion(body)
        converted = convert_agreement(company=self.company, asked=asked, stated=stated, actor=self.actor)
        agreement = agreements_visible_to(user=request.user, company_id=self.company.pk).get(pk=converted.pk)
        return Response(agreement_item(agreement), status=201)


def read_conversion(body: dict[str, Any]) -> tuple[Converting, list[StatedItem]]:
    """Return what a body asks to convert, and the unpaid items that it states. Raises a 422 with the place."""
    kind, bank = json_text(body, "kind", most=10), json_text(body, "bank", most=20)
    if kind not in Kind.values:
        raise invalid("/kind", f"kind is one of {', '.join(Kind.values)}")
    if bank not in bank_ids():
        raise invalid("/bank", f"bank is one of {', '.join(bank_ids())}")
    asked = Converting(
        number=json_whole_number(body, "number", default=None, allowed=range(1, _LARGEST_NUMBER)),
        kind=Kind(kind),
        bank=bank,
        account=json_text(body, "account", most=40),
        switch_date=_day(body),
    )
    return asked, _items(body)


def _day(body: dict[str, Any]) -> date:
    try:
        return date.fromisoformat(json_text(body, "switch_date", most=10))
    except ValueError:
        raise invalid("/switch_date", "switch_date is a day such as 2026-12-01") from None


def _items(body: dict[str, Any]) -> list[StatedItem]:
    """Return the stated items; that there are none must be said."""
    given = body.get("open_items")
    if not isinstance(given, list) or len(given) > _MOST_ITEMS:
        raise invalid("/open_items", "open_items is a list of what is unpaid, [] where nothing is")
    return [_item(item, place) for place, item in enumerate(given)]


def _item(item: Any, place: int) -> StatedItem:
    if not isinstance(item, dict):
        raise invalid(f"/open_items/{place}", "an item is an object")
    texts = {}
    for name, most in _ITEM_TEXTS.items():
        value = item.get(name)
        if not isinstance(value, str) or len(value) > most:
            raise invalid(f"/open_items/{place}/{name}", f"{name} is a text of at most {most} characters")
        texts[name] = value
    return StatedItem(**texts)

"""KID definitions as rows of a form: their fields, and what was filled in read as definitions or faults."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.kid import KidRule, fault_of

MOST_KIDS = 3
KID_NUMBERS = ("length", "customer_from", "customer_to", "invoice_from", "invoice_to")
_KID_LABELS = {
    "length": _("Length"),
    "customer_from": _("Customer from"),
    "customer_to": _("Customer to"),
    "invoice_from": _("Invoice from"),
    "invoice_to": _("Invoice to"),
}


def kid_fields(slot: int) -> dict[str, forms.Field]:
    """Return the form's fields of one KID definition."""
    fields: dict[str, forms.Field] = {
        f"kid{slot}_{name}": forms.IntegerField(label=_KID_LABELS[name], required=False, min_value=1, max_value=25)
        for name in KID_NUMBERS
    }
    fields[f"kid{slot}_modulus"] = forms.ChoiceField(
        label=_("Check digit"), choices=[("mod10", "MOD10"), ("mod11", "MOD11")], required=False
    )
    return fields


def kid_initial(kid: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what such fields hold for kept KID definitions."""
    initial: dict[str, Any] = {}
    for slot, each in enumerate(kid, start=1):
        customer, invoice = each.get("customer") or (None, None), each.get("invoice") or (None, None)
        row = {
            "length": each["length"],
            "modulus": each["modulus"],
            "customer_from": customer[0],
            "customer_to": customer[1],
            "invoice_from": invoice[0],
            "invoice_to": invoice[1],
        }
        initial |= {f"kid{slot}_{name}": value for name, value in row.items()}
    return initial


def read_kid_rows(asked: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[str, str, int]]]:
    """Return the KID definitions among a form's values, and their faults: (field, error code, number).

    A row without a length is no definition; one that has other values is a fault. Half a pair of positions is one too.
    """
    kid: list[dict[str, Any]] = []
    faults: list[tuple[str, str, int]] = []
    for slot in range(1, MOST_KIDS + 1):
        row = {name: asked.get(f"kid{slot}_{name}") for name in KID_NUMBERS}
        if not any(row.values()):
            continue
        field = f"kid{slot}_length"
        customer, invoice = (row["customer_from"], row["customer_to"]), (row["invoice_from"], row["invoice_to"])
        halves = any((first is None) != (last is None) for first, last in (customer, invoice))
        rule = KidRule(
            length=row["length"] or 0,
            modulus="mod11" if asked.get(f"kid{slot}_modulus") == "mod11" else "mod10",
            customer=_pair(customer),
            invoice=_pair(invoice),
        )
        fault = "kid_positions_invalid" if halves and rule.length else fault_of(rule)
        if fault is None and any(each["length"] == rule.length for each in kid):
            fault = "kid_length_twice"
        if fault:
            faults.append((field, fault, slot))
        else:
            kid.append(
                {
                    "length": rule.length,
                    "modulus": rule.modulus,
                    "customer": list(rule.customer) if rule.customer else None,
                    "invoice": list(rule.invoice) if rule.invoice else None,
                }
            )
    return kid, faults


def _pair(positions: tuple[Any, Any]) -> tuple[int, int] | None:
    return None if None in positions else (positions[0], positions[1])

"""The order of AutoPay: written by anybody, answered by AutoPay Central, and telling nobody who exists."""

import re
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, ErrorDetail, NotFoundError
from companies.actors import Actor
from companies.models import (
    Customer,
    CustomerAdministrator,
    CustomerOrder,
    Language,
    LicenceKind,
    OrderState,
    TermsAcceptance,
    User,
)
from companies.plain_text import one_line
from companies.services.audit import record_audit
from companies.services.customers import create_customer, register_licence
from companies.services.invitations import invite
from companies.services.letters import is_mail_address, write_letter

# A flood of orders, of one address or in all, is turned away whole; nobody's order is dropped in silence.
MOST_OF_AN_ADDRESS, MOST_AN_HOUR = 5, 200
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}", re.ASCII)
_LOCK = 0x6F72_6465_7273
_LONGEST_REASON = 500


@transaction.atomic
def order_autopay(*, customer_number: str, company_name: str, email: str, name: str, language: str) -> None:
    """Take an order of AutoPay; the answer goes by mail, so that this tells nobody who exists.

    Who administers the customer of that number already gets the AutoPay licence by itself if the terms were accepted,
    and a letter that says how to sign in; every other order waits for AutoPay Central. The same order again, while the
    first waits, changes nothing. Raises DomainError (422) naming every missing or invalid field, `too_many_orders`
    (429).
    """
    given = _checked(customer_number=customer_number, company_name=company_name, email=email, name=name)
    _count(given["email"])
    order = CustomerOrder(
        **given, language=language if language in Language.values else Language.NB, ordered_at=machine_now()
    )
    administrator = _administrator(order)
    if administrator is not None:
        _answer_known(order, administrator)
    elif not _waits_already(order):
        _tell_central()
        order.save(force_insert=True)
        _audit(order, actor=Actor.system("order form"), action="order.received")


@transaction.atomic
def accept_order(*, order_id: UUID, actor: Actor, di_elbet: bool = False) -> Customer:
    """Accept an order: make the customer if there is none of its number, and invite the person as its administrator.

    With `di_elbet` its DI-Elbet licence is registered too. Raises NotFoundError; ConflictError (409)
    `order_answered` for one that has its answer, `customer_has_administrators` where others administer that customer:
    they invite whom they want.
    """
    order = _lock_waiting(order_id)
    customer = Customer.objects.select_for_update(no_key=True).filter(number=order.customer_number).first()
    if customer is None:
        customer = create_customer(number=order.customer_number, name=order.company_name, actor=actor)
    elif has_administrators(customer_id=customer.pk):
        raise ConflictError("customer_has_administrators", params={"number": customer.number})
    _answer(order, state=OrderState.ACCEPTED, actor=actor, customer=customer)
    if di_elbet:
        register_licence(customer=customer, kind=LicenceKind.DI_ELBET, actor=actor)
    invite(
        customer_id=customer.pk,
        email=order.email,
        name=order.name,
        language=order.language,
        actor=actor,
        administrator=True,
    )
    _audit(order, actor=actor, action="order.accepted")
    return customer


@transaction.atomic
def decline_order(*, order_id: UUID, reason: str, actor: Actor) -> None:
    """Decline an order with a reason that the person who ordered is told.

    Raises NotFoundError; DomainError `answer_reason_missing` (422); ConflictError `order_answered` (409).
    """
    said = one_line(reason)[:_LONGEST_REASON]
    if not said:
        raise DomainError("answer_reason_missing")
    order = _lock_waiting(order_id)
    _answer(order, state=OrderState.DECLINED, actor=actor, reason=said)
    write_letter(
        to=order.email,
        language=order.language,
        kind="order_declined",
        params={"reason": said, "number": order.customer_number},
        path=reverse("order"),
    )
    _audit(order, actor=actor, action="order.declined")


def has_administrators(*, customer_id: UUID) -> bool:
    """Return whether anybody who can sign in administers a customer."""
    return CustomerAdministrator.objects.filter(customer_id=customer_id, user__is_active=True).exists()


def normalise_customer_number(text: str) -> str:
    """Return a customer number as it is kept: without spaces."""
    return one_line(text).replace(" ", "")


def _checked(**given: str) -> dict[str, str]:
    fields = {name: " ".join(value.split()) for name, value in given.items()}
    fields["customer_number"] = normalise_customer_number(fields["customer_number"])
    fields["email"] = fields["email"].lower()
    errors = [
        ErrorDetail("field_missing", {"field": name}, pointer=f"/{name}") for name, value in fields.items() if not value
    ]
    if fields["customer_number"] and not _NUMBER.fullmatch(fields["customer_number"]):
        errors.append(ErrorDetail("customer_number_invalid", {}, pointer="/customer_number"))
    if fields["email"] and not is_mail_address(fields["email"]):
        errors.append(ErrorDetail("email_invalid", {"email": fields["email"][:254]}, pointer="/email"))
    for name in ("company_name", "name"):
        if len(fields[name]) > 150 or not fields[name].isprintable():
            errors.append(ErrorDetail("field_too_long", {"field": name, "most": 150}, pointer=f"/{name}"))
    if errors:
        raise DomainError(errors[0].code, params=errors[0].params, errors=errors)
    return fields


def _count(email: str) -> None:
    """Refuse a flood. One order is counted at a time, so that the count is exact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    now = machine_now()
    of_address = CustomerOrder.objects.filter(email=email, ordered_at__gt=now - timedelta(days=1)).count()
    in_all = CustomerOrder.objects.filter(ordered_at__gt=now - timedelta(hours=1)).count()
    if of_address >= MOST_OF_AN_ADDRESS or in_all >= MOST_AN_HOUR:
        raise DomainError("too_many_orders", status=429, headers={"Retry-After": "3600"})


def _administrator(order: CustomerOrder) -> CustomerAdministrator | None:
    found = CustomerAdministrator.objects.filter(
        customer__number=order.customer_number, user__email=order.email, user__is_active=True
    )
    return found.select_related("customer", "user").first()


def _answer_known(order: CustomerOrder, administrator: CustomerAdministrator) -> None:
    """Answer at once who administers the customer already: the licence is there by itself, or waits for the terms."""
    customer = administrator.customer
    order.state, order.customer, order.answered_at = OrderState.KNOWN, customer, machine_now()
    order.save(force_insert=True)
    write_letter(
        to=order.email,
        language=administrator.user.language,
        kind="order_known",
        params={"customer": customer.name},
        path=reverse("customer_account", kwargs={"customer_id": customer.pk}),
        customer_id=customer.pk,
    )
    if TermsAcceptance.objects.filter(customer=customer).exists():
        register_licence(customer=customer, kind=LicenceKind.AUTOPAY, actor=Actor.user(administrator.user))
    _audit(order, actor=Actor.system("order form"), action="order.known")


def _waits_already(order: CustomerOrder) -> bool:
    return CustomerOrder.objects.filter(
        customer_number=order.customer_number, email=order.email, state=OrderState.WAITING
    ).exists()


def _tell_central() -> None:
    """Tell the operators of the first order that waits; those after it they find on the same page."""
    if CustomerOrder.objects.filter(state=OrderState.WAITING).exists():
        return
    operators = User.objects.filter(Q(operator_row__isnull=False), is_active=True).order_by("pk")
    for operator in operators:
        write_letter(
            to=operator.email,
            language=operator.language,
            kind="order_waits",
            params={},
            path=reverse("central_orders"),
        )


def _lock_waiting(order_id: UUID) -> CustomerOrder:
    order = CustomerOrder.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise NotFoundError()
    if order.state != OrderState.WAITING:
        raise ConflictError("order_answered")
    return order


def _answer(
    order: CustomerOrder, *, state: OrderState, actor: Actor, customer: Customer | None = None, reason: str = ""
) -> None:
    order.state, order.customer, order.reason = state, customer, reason
    order.answered_at, order.answered_by_id = machine_now(), actor.user_id
    order.save(update_fields=["state", "customer", "reason", "answered_at", "answered_by"])


def _audit(order: CustomerOrder, *, actor: Actor, action: str) -> None:
    record_audit(
        company_id=None,
        actor=actor,
        action=action,
        subject_kind="order",
        subject_id=order.pk,
        details={"customer_number": order.customer_number},
        personal={"email": order.email, "name": order.name},
    )

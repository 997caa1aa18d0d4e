"""Ordering AutoPay: both ways in, what Central answers, and what nobody learns."""

import pytest

from autopay_portal.core.errors import ConflictError, DomainError
from companies.models import AuditEvent, Customer, CustomerOrder, Invitation, Letter, Licence, LicenceKind, OrderState
from companies.services import accept_order, accept_terms, decline_order, order_autopay
from companies.services.orders import MOST_AN_HOUR, MOST_OF_AN_ADDRESS
from tests.companies.builders import SETUP, make_customer, make_customer_admin, make_operator
from tests.companies.firms.builders import letters_to, publish

pytestmark = pytest.mark.django_db


def order(
    number: str = "20 001", email: str = "Kari@Nytt.example", *, name: str = "Kari Ny", language: str = "en"
) -> None:
    order_autopay(customer_number=number, company_name="Nytt Regnskap AS", email=email, name=name, language=language)


def test_an_order_of_somebody_new_waits_and_tells_the_operators_once() -> None:
    operator = make_operator()
    order()
    order("20002", "per@annet.example")

    first, second = CustomerOrder.objects.order_by("pk")
    assert (first.customer_number, first.email, first.state) == ("20001", "kari@nytt.example", OrderState.WAITING)
    assert second.state == OrderState.WAITING
    assert letters_to(operator.email) == ["order_waits"]
    assert letters_to("kari@nytt.example") == []


def test_the_same_order_again_while_the_first_waits_changes_nothing() -> None:
    order()
    order("20001", "kari@nytt.example", name="Noen Andre")

    assert CustomerOrder.objects.get().name == "Kari Ny"


def test_who_administers_the_customer_already_and_has_accepted_the_terms_has_the_licence_by_itself() -> None:
    customer = make_customer()
    administrator = make_customer_admin(customer=customer)
    accept_terms(customer=customer, terms=publish(), user=administrator)
    Licence.objects.filter(customer=customer).delete()

    order(customer.number, administrator.email.upper())

    assert CustomerOrder.objects.get().state == OrderState.KNOWN
    assert Licence.objects.get(customer=customer).kind == LicenceKind.AUTOPAY
    assert letters_to(administrator.email) == ["order_known"]


def test_who_administers_the_customer_but_has_not_accepted_gets_no_licence() -> None:
    customer = make_customer()
    administrator = make_customer_admin(customer=customer)
    publish()

    order(customer.number, administrator.email)

    assert not Licence.objects.exists()
    assert letters_to(administrator.email) == ["order_known"]


def test_another_who_names_an_existing_customer_waits_and_cannot_be_accepted_into_it() -> None:
    customer = make_customer()
    make_customer_admin(customer=customer)
    order(customer.number, "tyv@ond.example")
    waiting = CustomerOrder.objects.get()

    with pytest.raises(ConflictError) as refused:
        accept_order(order_id=waiting.pk, actor=SETUP)

    assert refused.value.code == "customer_has_administrators"
    waiting.refresh_from_db()
    assert waiting.state == OrderState.WAITING
    assert not Invitation.objects.exists()


def test_a_customer_whose_administrators_have_all_left_can_be_taken_over_by_central() -> None:
    customer = make_customer()
    left = make_customer_admin(customer=customer)
    left.is_active = False
    left.save()
    order(customer.number)

    assert accept_order(order_id=CustomerOrder.objects.get().pk, actor=SETUP) == customer


def test_accepting_makes_the_customer_and_invites_the_person_in_his_language() -> None:
    order()

    customer = accept_order(order_id=CustomerOrder.objects.get().pk, actor=SETUP, di_elbet=True)

    assert (customer.number, customer.name) == ("20001", "Nytt Regnskap AS")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.administrator, invitation.language) == ("kari@nytt.example", True, "en")
    assert Letter.objects.get(recipient="kari@nytt.example").language == "en"
    assert [licence.kind for licence in Licence.objects.filter(customer=customer)] == [LicenceKind.DI_ELBET]
    assert {"order.received", "customer.created", "invitation.sent", "order.accepted"} <= set(
        AuditEvent.objects.values_list("action", flat=True)
    )


def test_an_order_is_answered_once() -> None:
    order()
    waiting = CustomerOrder.objects.get()
    accept_order(order_id=waiting.pk, actor=SETUP)

    for answer in (
        lambda: accept_order(order_id=waiting.pk, actor=SETUP),
        lambda: decline_order(order_id=waiting.pk, reason="x", actor=SETUP),
    ):
        with pytest.raises(ConflictError, match="order_answered"):
            answer()
    assert Customer.objects.count() == 1
    assert Invitation.objects.count() == 1


def test_declining_takes_a_reason_which_the_person_is_told() -> None:
    order()
    waiting = CustomerOrder.objects.get()
    with pytest.raises(DomainError, match="answer_reason_missing"):
        decline_order(order_id=waiting.pk, reason="  \n", actor=SETUP)

    decline_order(order_id=waiting.pk, reason="Ukjent\nkundenummer", actor=SETUP)

    letter = Letter.objects.get(recipient="kari@nytt.example")
    assert (letter.kind, letter.language, letter.params["reason"]) == ("order_declined", "en", "Ukjent kundenummer")
    assert not Customer.objects.exists()


def test_every_field_that_is_missing_or_invalid_is_named_at_once() -> None:
    with pytest.raises(DomainError) as refused:
        order_autopay(customer_number="1;2", company_name="", email="kari", name="x" * 151, language="nb")

    assert {fault.pointer for fault in refused.value.errors} == {"/customer_number", "/company_name", "/email", "/name"}


def test_a_flood_is_turned_away() -> None:
    for number in range(MOST_OF_AN_ADDRESS):
        order(str(number))
    with pytest.raises(DomainError) as refused:
        order("99")
    assert (refused.value.code, refused.value.http_status) == ("too_many_orders", 429)

    template = CustomerOrder.objects.first()
    assert template is not None
    CustomerOrder.objects.bulk_create(
        CustomerOrder(
            customer_number=f"F{number}", company_name="x", email=f"f{number}@x.example", name="x",
            ordered_at=template.ordered_at,
        )
        for number in range(MOST_AN_HOUR)
    )  # fmt: skip
    with pytest.raises(DomainError, match="too_many_orders"):
        order("98", "ny@ny.example")

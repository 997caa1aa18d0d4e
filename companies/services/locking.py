"""The lock that orders everything about a customer's people: who administers it, who may what, what two decide."""

from uuid import UUID

from autopay_portal.core.errors import NotFoundError
from companies.models import Customer


def lock_customer(customer_id: UUID) -> Customer:
    """Lock a customer's row to the end of the transaction: the first of all locks. Raises NotFoundError."""
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFoundError()
    return customer

"""Whether who acts administers a customer, asked under the customer's lock before anything is changed."""

from uuid import UUID

from companies.actors import Actor
from companies.models import CustomerAdministrator


def is_administered_by(actor: Actor, *, customer_id: UUID) -> bool:
    """Return whether a customer is administered by who acts."""
    held = CustomerAdministrator.objects.filter(customer_id=customer_id, user__is_active=True)
    return actor.user_id is not None and held.filter(user_id=actor.user_id).exists()

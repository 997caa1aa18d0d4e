"""Tells the agreements what is under way on them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from agreements.open_items import OpenItem, OpenItems

from .models import Payment
from .states import FINAL, P

_OPEN = [status.value for status in P if status not in FINAL]


class PaymentsUnderWay:
    """Answers from the payments themselves; what is paid on the bank's word alone still waits for its debit."""

    def open_items(
        self, *, agreement_ids: Iterable[UUID], most: int, ordered_before: datetime | None = None
    ) -> OpenItems:
        """Return what isn't final on these agreements; of salaries nothing but that they count."""
        found = Payment.objects.filter(remittance__agreement_id__in=list(agreement_ids), status__in=_OPEN)
        if ordered_before is not None:
            found = found.filter(remittance__created_at__lt=ordered_before)
        listed = found.exclude(category="salary").select_related("remittance").order_by("execution_date", "pk")[:most]
        return OpenItems(count=found.count(), items=[_item(payment) for payment in listed])


def _item(payment: Payment) -> OpenItem:
    return OpenItem(
        payment_id=payment.pk,
        end_to_end_id=payment.end_to_end_id,
        amount=payment.amount,
        currency=payment.currency,
        execution_date=payment.execution_date,
        creditor_name=payment.creditor_name,
        status=payment.status,
        ordered_at=payment.remittance.created_at,
    )

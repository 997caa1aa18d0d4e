"""Tells the agreements what is under way on them."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, When, Window

from agreements.open_items import OpenItem, OpenItems

from .models import Payment
from .states import FINAL, P

_OPEN = [status.value for status in P if status not in FINAL]


class PaymentsUnderWay:
    """Answers from the payments themselves; what is paid on the bank's word alone still waits for its debit."""

    def open_items(
        self, *, agreement_ids: QuerySet[Any], most: int, ordered_before: datetime | None = None
    ) -> OpenItems:
        """Return what isn't final on these agreements; of salaries nothing but that they count."""
        found = Payment.objects.filter(remittance__agreement_id__in=agreement_ids, status__in=_OPEN)
        if ordered_before is not None:
            found = found.filter(remittance__created_at__lt=ordered_before)
        salary_last = Case(When(category="salary", then=1), default=0, output_field=IntegerField())
        counted = found.annotate(all_of_them=Window(Count("pk"))).select_related("remittance")
        rows: list[Any] = list(counted.order_by(salary_last, "execution_date", "pk")[:most])
        listed = [_item(payment) for payment in rows if payment.category != "salary"]
        return OpenItems(count=rows[0].all_of_them if rows else 0, items=listed)


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

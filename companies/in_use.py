"""Whether a company may send at all: it is in use, and so is AutoPay for it."""

from uuid import UUID

from django.db.models import Exists, OuterRef

from autopay_portal.core.errors import ConflictError
from companies.models import Company, Service, ServiceInUse


def refuse_unless_in_use(*, company_id: UUID) -> None:
    """Raise ConflictError (409) `company_deactivated` or `service_not_in_use`: nothing is sent for it. One query."""
    used = ServiceInUse.objects.filter(company_id=OuterRef("pk"), service=Service.AUTOPAY)
    rows = Company.objects.filter(pk=company_id).annotate(in_use=Exists(used))
    name, ended_at, in_use = rows.values_list("name", "deactivated_at", "in_use").get()
    if ended_at is not None:
        raise ConflictError("company_deactivated", params={"name": name})
    if not in_use:
        raise ConflictError("service_not_in_use", params={"name": name})

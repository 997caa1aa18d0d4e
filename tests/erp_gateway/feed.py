"""A company's whole feed, as who may see salary gets it."""

from uuid import UUID

from erp_gateway.queries import MessageItem, feed_page

MOST = 100_000


def told(company_id: UUID, *, kind: str | None = None) -> list[MessageItem]:
    """Return all messages, or those of a kind, oldest first."""
    results = feed_page(company_id=company_id, after=0, limit=MOST, sees_salary=True)["results"]
    return [message for message in results if kind in (None, message["kind"])]

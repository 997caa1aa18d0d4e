"""Payment orders: pain.001.001.03 and pain.001.001.09, read and written as streams."""

from bank_gateway.messages.pain001.documents import DOCUMENT_COLUMNS
from bank_gateway.messages.pain001.groups import Group, Header
from bank_gateway.messages.pain001.notes import group_xpath, payment_xpath
from bank_gateway.messages.pain001.orders import (
    OrderDocument,
    OrderGroup,
    OrderHeader,
    OrderPayment,
    OrganisationId,
)
from bank_gateway.messages.pain001.payments import PAYMENT_COLUMNS
from bank_gateway.messages.pain001.reader import Chunk, OrderReader
from bank_gateway.messages.pain001.schema_errors import SchemaErrors, find_schema_errors
from bank_gateway.messages.pain001.writer import write_order

__all__ = [
    "DOCUMENT_COLUMNS",
    "PAYMENT_COLUMNS",
    "Chunk",
    "Group",
    "Header",
    "OrderDocument",
    "OrderGroup",
    "OrderHeader",
    "OrderPayment",
    "OrderReader",
    "OrganisationId",
    "SchemaErrors",
    "find_schema_errors",
    "group_xpath",
    "payment_xpath",
    "write_order",
]

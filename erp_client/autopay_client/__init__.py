"""The ERP's side of AutoPay: send remittances, follow them, fetch what is ready to post.

`Client` makes the calls; `sign_request` signs a call for those who make it themselves.
"""

from .client import Client
from .errors import AutopayError, DamagedError, Refused, Unreachable
from .orders import Order, open_order
from .shapes import Lease, LedgerBatch, Message, MessagePage, Payment, Problem, Receipt, Remittance, SetupCheck, Trial
from .signing import content_digest, sign_request, signature_base
from .version import __version__

__all__ = [
    "AutopayError",
    "Client",
    "DamagedError",
    "Lease",
    "LedgerBatch",
    "Message",
    "MessagePage",
    "Order",
    "Payment",
    "Problem",
    "Receipt",
    "Refused",
    "Remittance",
    "SetupCheck",
    "Trial",
    "Unreachable",
    "__version__",
    "content_digest",
    "open_order",
    "sign_request",
    "signature_base",
]

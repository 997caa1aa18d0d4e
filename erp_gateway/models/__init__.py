"""What the ERP's side keeps."""

from .feed import IdempotentAnswer, Message, MessageKind, Nonce
from .ledger import BatchKind, BatchStatus, LedgerBatch, LedgerBatchEvent, LedgerBatchFile, LedgerLine, Voucher

__all__ = [
    "BatchKind",
    "BatchStatus",
    "IdempotentAnswer",
    "LedgerBatch",
    "LedgerBatchEvent",
    "LedgerBatchFile",
    "LedgerLine",
    "Message",
    "MessageKind",
    "Nonce",
    "Voucher",
]

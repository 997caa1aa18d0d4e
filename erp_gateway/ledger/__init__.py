"""Ledger batches: what is ready to post, made from bank files by the rooms above, fetched by the ERP."""

from .creation import create_ledger_batch, supersede_ledger_batch
from .leases import (
    Lease,
    lease_ledger_batch,
    release_ledger_batch,
    reopen_ledger_batch,
    report_failed,
    report_posted,
)

__all__ = [
    "Lease",
    "create_ledger_batch",
    "lease_ledger_batch",
    "release_ledger_batch",
    "reopen_ledger_batch",
    "report_failed",
    "report_posted",
    "supersede_ledger_batch",
]

"""camt.054, a bank's notification of what it booked: debits and credits, as lumps and as transactions."""

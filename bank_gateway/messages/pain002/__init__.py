"""pain.002, a bank's status report on a payment order: on the file, a part of it, or single payments."""

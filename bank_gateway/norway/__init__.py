"""Norwegian rules of payment: KID, account numbers, bank days. Pure functions, no Django."""

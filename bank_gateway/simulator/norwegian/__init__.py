"""The simulated banks' own Norwegian rules: KID, account numbers, bank days."""

"""Simulated banks: a program of its own, started with `python -m bank_gateway.simulator`.

It shares no code with the portal. It reads orders strictly and writes its answers by itself, with its own rules for
KID, account numbers and bank days, so that the portal is tested against a second opinion and not against itself.
"""

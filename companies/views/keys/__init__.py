"""Signing keys of all companies of a customer, and one company's administration."""

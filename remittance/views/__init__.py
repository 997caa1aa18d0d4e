"""The pages of money out."""

"""The ERP's calls on remittances and payments."""

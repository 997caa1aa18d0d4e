"""The ERP's call on incoming payments."""

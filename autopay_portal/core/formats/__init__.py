"""How Norwegian and English readers write dates and numbers (settings.FORMAT_MODULE_PATH)."""

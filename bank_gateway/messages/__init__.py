"""Bank messages: bytes to rows and back. Nothing here knows Django, a company or an agreement."""

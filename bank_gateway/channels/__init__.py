"""Lines to banks. Nothing of Django and nothing of ours is known here."""

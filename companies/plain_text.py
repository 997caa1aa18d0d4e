"""Text that somebody wrote, as one line that can be searched for, stored and mailed."""


def one_line(text: str) -> str:
    """Return a text on one line, without control characters (a NUL, which no database takes, among them)."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())

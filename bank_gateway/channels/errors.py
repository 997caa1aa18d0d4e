"""The one error of a line to a bank."""

_LONGEST_REASON = 200


class BankChannelError(Exception):
    """The line or the bank's server failed. `permanent` says that trying the same again can't help by itself."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        """Keep a reason fit for a page: the server's own words are cut and cleaned, keys never stand in it."""
        cleaned = "".join(character if character.isprintable() else " " for character in reason)
        super().__init__(cleaned[:_LONGEST_REASON])
        self.permanent = permanent

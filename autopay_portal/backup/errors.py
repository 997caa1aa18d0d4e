"""Why a backup wasn't made or a restore didn't happen: each text says what was found and what to do."""


class UnableToBackUpError(Exception):
    """No backup was made, or one that lacks something."""


class UnableToRestoreError(Exception):
    """Nothing was restored: the database is as it was."""


class UnableToRunToolError(Exception):
    """PostgreSQL's own program can't be found or failed; the text holds its words."""

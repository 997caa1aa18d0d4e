"""How PostgreSQL is to plan statements over rows that have just come."""

_SETTINGS = ("enable_nestloop", "enable_seqscan")


def over_new_rows(statements: str) -> str:
    """Return statements, each ended by a semicolon, that join new rows with those of a large table in few passes.

    Of what a transaction has just stored, or an order that has just come, the planner knows nothing: it may believe
    that there is one row, and walk a hundred thousand once for each of a hundred thousand; so without nested loops.
    Say in the statements which rows of a large table are meant (`remittance_id = ANY (ARRAY (...))`): it can't be
    looked up row by row. How many those are it doesn't know either, and would rather read the whole table, with
    everybody's rows of all years; so by an index where there is one.
    """
    off = "".join(f"SET LOCAL {setting} = off; " for setting in _SETTINGS)
    back = "".join(f" SET LOCAL {setting} TO DEFAULT;" for setting in _SETTINGS)
    return f"{off}{statements}{back}"

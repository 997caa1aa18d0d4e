"""How PostgreSQL is to plan statements over rows that have just come."""


def without_loops(statements: str) -> str:
    """Return statements, each ended by a semicolon, that are planned without nested loops.

    Of what a transaction has just stored, or an order that has just come, the planner knows nothing: it may believe
    that there is one row, and walk a hundred thousand once for each of a hundred thousand. Say in them which rows of
    a large table are meant (`remittance_id = ANY (ARRAY (...))`): it can't be looked up row by row.
    """
    return f"SET LOCAL enable_nestloop = off; {statements} SET LOCAL enable_nestloop TO DEFAULT;"

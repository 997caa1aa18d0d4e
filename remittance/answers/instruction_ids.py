"""Our instruction ids as banks repeat them: the message id, a hyphen, and the payment's place in the order."""


def position_in(instruction_id: str, *, message_id: str) -> str:
    """Return SQL for the place that an instruction id names in the order of a message id, null where it names none.

    Both are SQL expressions. Our message ids have no hyphen (`services/bank_file.py`).
    """
    is_ours = f"{instruction_id} ~ '^[^-]+-[1-9][0-9]{{0,8}}$' AND split_part({instruction_id}, '-', 1) = {message_id}"
    return f"CASE WHEN {is_ours} THEN split_part({instruction_id}, '-', 2)::int END"

"""The faults there are, by the place where they strike."""

SILENCE, OUT_OF_ORDER = "silence", "out_of_order"
HALF_FROM_BANK, WRONG_CHARSET, ANSWER_TWICE = "half_file_from_bank", "wrong_charset", "answer_twice"
DROP_AFTER_RENAME, HALF_TO_BANK, SLOW_LINE = "drop_after_rename", "half_file_to_bank", "slow_line"

# A file on its way out is struck by the first of these that the die lets strike, and by no other.
ON_DELIVERY = (SILENCE, OUT_OF_ORDER, HALF_FROM_BANK, WRONG_CHARSET, ANSWER_TWICE)
ON_THE_LINE = (DROP_AFTER_RENAME, HALF_TO_BANK, SLOW_LINE)
ALL = (DROP_AFTER_RENAME, HALF_TO_BANK, HALF_FROM_BANK, ANSWER_TWICE, OUT_OF_ORDER, SILENCE, SLOW_LINE, WRONG_CHARSET)

# Held until the fault's own time has passed; the others until the fault is lifted.
TIMED = (HALF_FROM_BANK, OUT_OF_ORDER)

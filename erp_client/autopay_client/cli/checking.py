"""`autopay setup-check`."""

from .context import DONE, REFUSED, Context
from .screen import cell, new_table


def setup_check(context: Context) -> int:
    """Show whether everything is in place, check by check."""
    texts, screen = context.texts, context.screen
    answer = context.client.setup_check()
    table = new_table("", "", "")
    table.show_header = False
    for check in answer["checks"]:
        mark, style = ("✓", "green") if check["ok"] else ("✗", "bold red")
        name = texts.known(f"check_{check['name']}", check["name"])
        if screen.is_terminal:
            table.add_row(cell(mark, style), cell(name), cell(check["detail"]))
        else:
            screen.say(f"{'ok' if check['ok'] else 'no'}  {check['name']}  {check['detail']}")
    if screen.is_terminal:
        screen.out.print(table)
    lacking = sum(not check["ok"] for check in answer["checks"])
    screen.say(texts("setup_lacks", count=lacking) if lacking else texts("setup_ok"), "bold red" if lacking else "bold")
    return DONE if answer["ok"] else REFUSED

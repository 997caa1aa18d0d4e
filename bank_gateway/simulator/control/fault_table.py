"""The part of the start page that shows a bank's faults and switches them, in both languages."""

import sqlite3
from html import escape
from pathlib import Path
from typing import Any

from bank_gateway.simulator.control.tables import table
from bank_gateway.simulator.faults import kinds, switches, wanted
from bank_gateway.simulator.house import House

SCRIPT = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
_NEWEST = 10
_COLUMNS = ("on", "fault", "how", "amount", "seed", "seconds", "hits", "withheld")
_OFF = {"times": 1, "seed": 1, "seconds": wanted.USUAL, "hits": "", "withheld": ""}
_WORDS: dict[str, dict[str, Any]] = {
    "nb": {
        "title": "Feil",
        "lead": "Slå på feil ved denne banken. Samme frø gir de samme treffene. Bruk begynner tellingen på nytt.",
        "heads": ("På", "Feil", "Hvordan", "Hvor mye", "Frø", "Sekunder", "Treff", "Holder tilbake"),
        "times": "antall ganger",
        "probability": "sannsynlighet",
        "set": "Bruk",
        "clear": "Fjern alle feil",
        "refused": "Ikke endret, se feltene som er merket.",
        "unreached": "Banken svarte ikke. Last siden på nytt og se hva som er på.",
        "no_script": "Uten JavaScript slås feil på med PUT banks/{id}/faults.",
        "hits": "Hva feilene har gjort",
        "hit_heads": ("Tid", "Feil", "Fil", "Hva"),
        kinds.DROP_AFTER_RENAME: "Linjen brytes etter omdøping, før svaret",
        kinds.HALF_TO_BANK: "Linjen brytes midt i en opplasting",
        kinds.HALF_FROM_BANK: "Halv fil fra banken, hel senere",
        kinds.ANSWER_TWICE: "Svar kommer to ganger",
        kinds.OUT_OF_ORDER: "Svar kommer i omvendt rekkefølge",
        kinds.SILENCE: "Banken tier til feilen fjernes",
        kinds.SLOW_LINE: "Treg linje",
        kinds.WRONG_CHARSET: "Feil tegnsett, rett fil når feilen fjernes",
    },
    "en": {
        "title": "Faults",
        "lead": "Switch faults on at this bank. The same seed strikes the same way. Apply begins the count anew.",
        "heads": ("On", "Fault", "How", "How much", "Seed", "Seconds", "Hits", "Holds back"),
        "times": "number of times",
        "probability": "probability",
        "set": "Apply",
        "clear": "Remove all faults",
        "refused": "Nothing changed, see the marked fields.",
        "unreached": "The bank didn't answer. Load the page again and see what is on.",
        "no_script": "Without JavaScript, faults are switched by PUT banks/{id}/faults.",
        "hits": "What the faults have done",
        "hit_heads": ("Time", "Fault", "File", "What"),
        kinds.DROP_AFTER_RENAME: "The line is cut after a rename, before the answer",
        kinds.HALF_TO_BANK: "The line is cut in the middle of an upload",
        kinds.HALF_FROM_BANK: "Half a file from the bank, the whole one later",
        kinds.ANSWER_TWICE: "Answers come twice",
        kinds.OUT_OF_ORDER: "Answers come in reverse",
        kinds.SILENCE: "The bank is silent until the fault is removed",
        kinds.SLOW_LINE: "Slow line",
        kinds.WRONG_CHARSET: "Wrong charset, the right file when the fault is removed",
    },
}


def fault_section(connection: sqlite3.Connection, house: House, *, bank: str, language: str) -> str:
    """Return a bank's faults as a form, with the newest notes on what they did; open while any is on."""
    words = _WORDS[language]
    on = {each["fault"]: each for each in switches.show(connection, house, bank=bank)}
    rows = (_row(name, on.get(name, {}), words=words) for name in kinds.ALL)
    switches_table = table(words["heads"], rows, name=words["title"], amounts=(6, 7), cards=True)
    return (
        f"<details{' open' if on else ''}><summary><h3>{words['title']}: {len(on)}</h3></summary>"
        f"<p>{words['lead']}</p><noscript><p>{words['no_script']}</p></noscript>"
        f'<form class="faults" novalidate data-url="/banks/{escape(bank)}/faults" data-refused="{words["refused"]}"'
        f' data-unreached="{words["unreached"]}">{switches_table}'
        f'<p><button name="set">{words["set"]}</button> <button name="clear">{words["clear"]}</button></p>'
        f'<p role="status"></p></form></details>{_hits(connection, bank, words)}'
    )


def _row(name: str, on: dict[str, Any], *, words: dict[str, Any]) -> str:
    """Return the row of one fault, filled with what it is set to, if it is on."""
    title, shown = escape(words[name]), on or _OFF
    heads = dict(zip(_COLUMNS, words["heads"], strict=True))
    how = "times" if "times" in shown else "probability"
    numbers: dict[str, Any] = {"amount": shown[how], "seed": shown["seed"]}
    if name in kinds.TIMED:
        numbers["seconds"] = shown["seconds"]
    cells = {
        "on": f'<input type="checkbox" name="on" aria-label="{title}"{" checked" if on else ""}>',
        "fault": f"{title}<br><code>{name}</code>",
        "how": f'<select name="how" aria-label="{title}, {heads["how"]}">{_options(how, words)}</select>',
        **{each: _number(each, value, label=f"{title}, {heads[each]}") for each, value in numbers.items()},
        "hits": str(shown["hits"]),
        "withheld": str(shown["withheld"]),
    }
    filled = (f'<td class="of-{each}" data-head="{heads[each]}">{cells.get(each, "")}</td>' for each in _COLUMNS)
    return f'<tr data-fault="{name}">{"".join(filled)}</tr>'


def _options(chosen: str, words: dict[str, Any]) -> str:
    """Return the two ways in which a fault strikes, as a list to choose from."""
    return "".join(
        f'<option value="{each}"{" selected" if each == chosen else ""}>{words[each]}</option>'
        for each in ("times", "probability")
    )


def _number(name: str, value: float, *, label: str) -> str:
    """Return a field for a number."""
    return f'<input type="number" name="{name}" min="0" step="any" value="{value:.15g}" aria-label="{label}">'


def _hits(connection: sqlite3.Connection, bank: str, words: dict[str, Any]) -> str:
    """Return the newest notes on what faults did, or nothing when they did nothing."""
    found = switches.hits(connection, bank=bank, before=2**62, limit=_NEWEST)
    rows = (
        f"<tr><td>{row['at'][:19]}Z</td><td><code>{row['fault']}</code></td><td>{escape(row['file'])}</td>"
        f'<td lang="en">{escape(row["detail"])}</td></tr>'
        for row in found
    )
    return f"<h3>{words['hits']}</h3>{table(words['hit_heads'], rows, name=words['hits'])}" if found else ""

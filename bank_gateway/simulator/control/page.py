"""The start page: banks, accounts, faults and the newest files at a glance, clearly marked as simulated."""

import sqlite3
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from bank_gateway.simulator.control import views
from bank_gateway.simulator.control.clock_calls import reading
from bank_gateway.simulator.control.fault_table import SCRIPT, fault_section
from bank_gateway.simulator.control.tables import table
from bank_gateway.simulator.engine import Engine

_NEWEST = views.Page(limit=25, before=2**62)
_STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_WORDS = {
    "nb": {
        "title": "Simulerte banker",
        "mark": "Simulert. Ingen ekte bank, ingen ekte penger.",
        "clock": "Bankenes klokke",
        "cutoff": "Neste tidsfrist",
        "balances": "Kontoer",
        "accounts": ("Konto", "Valuta", "Saldo", "Organisasjonsnummer"),
        "files": ("Tid", "Retning", "Navn", "Størrelse", "SHA-256"),
        "newest": "Nyeste filer",
        "faults": "Hendelser som feilet",
        "in": "inn",
        "out": "ut",
        "other": '<a href="/?lang=en" lang="en" hreflang="en">English</a>',
    },
    "en": {
        "title": "Simulated banks",
        "mark": "Simulated. No real bank, no real money.",
        "clock": "The banks' clock",
        "cutoff": "Next cut-off",
        "balances": "Accounts",
        "accounts": ("Account", "Currency", "Balance", "Organisation number"),
        "files": ("Time", "Direction", "Name", "Size", "SHA-256"),
        "newest": "Newest files",
        "faults": "Events that failed",
        "in": "in",
        "out": "out",
        "other": '<a href="/?lang=nb" lang="nb" hreflang="nb">Norsk</a>',
    },
}


class StartPage:
    """`GET /`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page and its script."""
        return [web.get("/", self.show), web.get("/faults.js", self.script)]

    async def show(self, request: web.Request) -> web.Response:
        """Answer `GET /`, in Norwegian unless English is asked for."""
        language = "en" if request.query.get("lang") == "en" else "nb"
        text = await self._engine.ask(lambda connection: self._page(connection, language))
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def script(self, request: web.Request) -> web.Response:
        """Answer `GET /faults.js`, the page's only script."""
        return web.Response(text=SCRIPT, content_type="text/javascript", headers=_HEADERS)

    def _page(self, connection: sqlite3.Connection, language: str) -> str:
        """Return the page."""
        words: dict[str, Any] = _WORDS[language]
        house = self._engine.house
        clock = reading(house)
        banks = "".join(
            f"<section><h2>{escape(habits.name)} ({words['mark'].split('.')[0].lower()})</h2>"
            f"{_accounts(connection, bank, words)}"
            f"{fault_section(connection, house, bank=bank, language=language)}"
            f"{_files(connection, bank, words)}</section>"
            for bank, habits in house.banks.items()
        )
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{words["title"]}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
            f'<p class="mark">{words["mark"]}</p><main><h1>{words["title"]}</h1><p>{words["other"]}</p>'
            f"<p>{words['clock']}: <strong>{clock['now']}</strong> · {words['cutoff']}: "
            f"{clock['next_cutoff']['at']}</p>{_faults(connection, words)}{banks}</main>"
            '<script src="/faults.js"></script></body></html>'
        )


def _accounts(connection: sqlite3.Connection, bank: str, words: dict[str, Any]) -> str:
    """Return the table of a bank's accounts."""
    rows = (
        f"<tr><td>{escape(row['account'])}</td><td>{row['currency']}</td>"
        f'<td class="amount">{row["balance"]}</td><td>{escape(row["org_number"] or "")}</td></tr>'
        for row in views.accounts(connection, bank=bank)
    )
    return table(words["accounts"], rows, name=words["balances"], amounts=(2,))


def _files(connection: sqlite3.Connection, bank: str, words: dict[str, Any]) -> str:
    """Return the table of a bank's newest files."""
    rows = (
        f"<tr><td>{row['at'][:19]}Z</td><td>{words[row['direction']]}</td><td>{escape(row['name'])}</td>"
        f'<td class="amount">{row["size"]}</td><td><code>{row["sha256"][:12]}</code></td></tr>'
        for row in views.files(connection, bank=bank, page=_NEWEST)
    )
    return f"<h3>{words['newest']}</h3>{table(words['files'], rows, name=words['newest'], amounts=(3,))}"


def _faults(connection: sqlite3.Connection, words: dict[str, Any]) -> str:
    """Return the list of events that failed, or nothing when none did."""
    rows = connection.execute("SELECT * FROM event WHERE state = 'failed' ORDER BY id DESC LIMIT 20").fetchall()
    if not rows:
        return ""
    items = "".join(f"<li>{row['at']} {row['bank']} {row['kind']}: {escape(row['fault'])}</li>" for row in rows)
    return f"<h2>{words['faults']}</h2><ul>{items}</ul>"

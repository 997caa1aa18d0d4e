"""Three companies of three customers, each with a line to one bank, and the notification that tells of all of them.

The bank's files come over SFTP, orders and ledger batches go over the API, and what is held is settled on the
operators' page: nothing here reaches into the product by another way.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.test import Client
from lxml import etree

from agreements.models import Agreement, Kind
from bank_gateway.channels.lines import close_lines
from bank_gateway.models import Connection, Deviation, IncomingFile
from bank_gateway.relay.services import apply_incoming, create_connection, fetch_incoming, send_outgoing
from companies.models import Company, Role
from companies.services import grant_salary_access
from remittance.models import BankMessage
from remittance.services.advance import advance_remittance
from tests.agreements.builders import SEVEN_DIGITS, account_number, make_active
from tests.bank_gateway.bank_notices import Entry, Notice, Tx, camt054
from tests.bank_gateway.sftp_bank import USERNAME, SftpBank, private_text, public_text
from tests.companies.builders import SETUP, make_company, make_operator
from tests.erp_gateway.builders import Erp, another_user, make_erp
from tests.pages.money.conftest import signed_in_as
from tests.pages.money.deviations import settle_on_page
from tests.remittance.builders import CREDITOR_ACCOUNT, order, payment

# Account of the books, and so of the bank's line, by account at the bank: one sum of the bank is never another's.
SALARIES = ("32000.00", "28500.50", "31250.25")
SALARY_LUMP = "91750.75"
EQUAL = "300.00"


@dataclass
class Office:
    """A company with its folder at the bank, its ERP and its agreements by the bank's account."""

    company: Company
    bank: SftpBank
    line: Connection
    erp: Erp

    def agree(self, kind: Kind, account: str, ledger: str, **more: Any) -> Agreement:
        """Make an active agreement that is posted to a ledger account of its own."""
        given: dict[str, Any] = {"approvers_required": 0} if kind == Kind.REMITTANCE else {"kid": [SEVEN_DIGITS]}
        return make_active(
            company=self.company, kind=kind, account=account, bank_ledger_account=ledger, customer_id="974760673",
            division="0001", **{**given, **more},
        )  # fmt: skip

    def send(self, account: str, *payments: dict[str, Any], message_id: str) -> str:
        """Send an order by the API and its file over the line; return the message id that the bank got."""
        answer = self.erp.post(
            "remittances", order(*payments, account=account, message_id=message_id), **_key(message_id)
        )
        assert answer.status_code == 201, answer.json()
        advance_remittance(remittance_id=UUID(answer.json()["id"]))
        message = BankMessage.objects.get(remittance_id=answer.json()["id"])
        assert send_outgoing(outgoing_id=message.outgoing_file_id)
        return message.message_id

    def fetch(self, name: str, content: bytes) -> IncomingFile:
        """Let the bank lay a file into the company's folder, fetch it over the line and apply it."""
        self.bank.put(name, content)
        fetch_incoming(connection_id=self.line.pk)
        fetched = fetch_incoming(connection_id=self.line.pk)
        (file_id,) = (*fetched.stored, *fetched.repeats)
        apply_incoming(file_id=file_id)
        return IncomingFile.objects.get(pk=file_id)

    def states(self) -> dict[str, str]:
        """Return end-to-end id to state of every payment that the ERP may see one by one."""
        return {item["end_to_end_id"]: item["status"] for item in self.every("payments")}

    def every(self, path: str) -> list[dict[str, Any]]:
        """Return every result of a list of the API, page after page."""
        found: list[dict[str, Any]] = []
        following: str | None = f"{path}{'&' if '?' in path else '?'}limit=2"
        while following:
            body = self.erp.get(following).json()
            found += body["results"]
            following = body["next"].split("/api/v1/")[1] if body.get("next") else None
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Return every line of every ledger batch that the API offers, with its batch's kind and number."""
        return [
            {**line, "batch": batch["number"], "kind": batch["kind"]}
            for batch in self.every("ledger-batches?status=ready")
            for line in self.every(f"ledger-batches/{batch['id']}/lines?after=0")
        ]

    def told(self) -> str:
        """Return everything that the API tells the company, as text."""
        lists = ("remittances", "payments", "incoming-payments", "ledger-batches", "agreements")
        parts: list[Any] = [self.every(path) for path in lists]
        parts.append(self.erp.get("messages?after=0&limit=500").json())
        for batch in self.every("ledger-batches"):
            parts.append(self.every(f"ledger-batches/{batch['id']}/lines?after=0"))
            file = self.erp.get(f"ledger-batches/{batch['id']}/files/json")
            parts.append(b"".join(file.streaming_content).decode())
        for remittance in self.every("remittances"):
            parts.append(self.erp.get(f"remittances/{remittance['id']}").json())
            parts.append(self.every(f"remittances/{remittance['id']}/payments"))
        for found in self.every("payments"):
            parts.append(self.erp.get(f"payments/{found['id']}/timeline").json())
        return repr(parts)


def _key(message_id: str) -> dict[str, str]:
    return {"Idempotency-Key": f"key-{message_id}"}


@dataclass
class World:
    """Fjord pays salary, Bru pays suppliers, Nord is paid; `unknown` is an account that Nord has no agreement for."""

    fjord: Office
    bru: Office
    nord: Office
    fjord_account: str
    bru_account: str
    nord_account: str
    unknown: str
    version: str
    central: Client
    files: list[bytes]

    @property
    def offices(self) -> tuple[Office, Office, Office]:
        return self.fjord, self.bru, self.nord

    def notify(self) -> IncomingFile:
        """Let the bank tell, in one camt.054 in Fjord's folder, of all three companies and of the unknown account."""
        return self.fjord.fetch("SIM-VARSEL-1.xml", self.files[0])

    def notify_again(self) -> IncomingFile:
        """Let the bank tell in a second file of a receipt that is equal to one in the first."""
        return self.nord.fetch("SIM-VARSEL-2.xml", self.files[1])

    def settle(self, deviation: Deviation, how: str = "release") -> str:
        """Settle a deviation as an operator does: choose, see what it does, confirm. Return what was shown."""
        return settle_on_page(self.central, deviation, how=how)

    def bank_entries(self, *accounts: str) -> Counter[tuple[str, str, Decimal]]:
        """Return what the bank booked, read from its files' bytes: (account, day, amount), what left negative."""
        return Counter(entry for content in self.files for entry in entries_of(content) if entry[0] in accounts)


def entries_of(content: bytes) -> Iterator[tuple[str, str, Decimal]]:
    """Yield (account, booking day, signed amount) of a camt.054's entries, without the reader under test."""
    for notice in etree.fromstring(content).iterfind(".//{*}Ntfctn"):
        account = notice.findtext("{*}Acct/{*}Id/{*}Othr/{*}Id")
        for entry in notice.iterfind("{*}Ntry"):
            amount = Decimal(entry.findtext("{*}Amt") or "")
            sign = -1 if entry.findtext("{*}CdtDbtInd") == "DBIT" else 1
            yield str(account), str(entry.findtext("{*}BookgDt/{*}Dt")), sign * amount


def make_world(folder: Path, version: str) -> World:
    """Make the companies, send their orders, let the bank answer Bru's, and write the bank's two notifications."""
    fjord, bru, nord = (_office(folder, name) for name in ("Fjord Varme AS", "Bru og Vei AS", "Nordlys Camping AS"))
    first, second, third, unknown = (account_number() for _ in range(4))
    world = World(fjord, bru, nord, first, second, third, unknown, version, signed_in_as(make_operator()), [])
    fjord.agree(Kind.REMITTANCE, world.fjord_account, "1920")
    bru.agree(Kind.REMITTANCE, world.bru_account, "1921")
    nord.agree(Kind.INCOMING, world.nord_account, "1950", notify="camt054", unplaced_ledger_account="2900")
    wages = fjord.send(world.fjord_account, *_wages(), message_id="LONN-NOV")
    bills = bru.send(world.bru_account, *_bills(), message_id="BRU-FAKTURA")
    bru.fetch("SIM-SVAR.xml", _refused_and_stopped(bills))
    world.files = [_first(world, wages, bills), _second(world)]
    return world


def close_world(world: World) -> None:
    """Close the lines and the bank's folders."""
    close_lines()
    for office in world.offices:
        office.bank.close()


def sees_salary(office: Office) -> Erp:
    """Return the office's ERP as a user who may see salary."""
    erp = another_user(office.erp, Role.VIEWER)
    grant_salary_access(user=erp.user, company=office.company, actor=SETUP)
    return erp


def _office(folder: Path, name: str) -> Office:
    company = make_company(name=name)
    bank = SftpBank(folder / company.org_number)
    line = create_connection(
        company_id=company.pk, bank="dnb", host="127.0.0.1", port=bank.port, username=USERNAME,
        private_key=private_text("portal"), host_key=public_text("bank"),
    )  # fmt: skip
    return Office(company, bank, line, make_erp(Role.FILE_TRANSFER, company=company))


def _wages() -> Sequence[dict[str, Any]]:
    """Return three salaries, one debit to be, and a supplier's bill of the same day."""
    wages = [
        payment(
            number, end_to_end_id=f"LONN-{number}", amount=amount, kid=None, category="salary", batch_booking=True,
            creditor={"name": f"Hemmelig Lønnsmottaker {number}", "account": CREDITOR_ACCOUNT},
        )
        for number, amount in enumerate(SALARIES, start=1)
    ]  # fmt: skip
    rent = {"name": "Kontorbygg AS", "account": CREDITOR_ACCOUNT, "supplier_number": "7001"}
    return [*wages, payment(9, end_to_end_id="FJORD-LEIE", amount="5000.00", kid=None, message="Leie", creditor=rent)]


def _bills() -> Sequence[dict[str, Any]]:
    """Return five bills, each of an amount of its own."""
    amounts = {"AVVIST": "1111.11", "STOPPET": "2222.22", "VANLIG": "3333.33", "RETUR": "4444.44", "GEBYR": "5555.55"}
    payee = {"name": "Asfalt og Grus AS", "account": CREDITOR_ACCOUNT, "supplier_number": "8001"}
    return [
        payment(number, end_to_end_id=f"BRU-{name}", amount=amount, kid=None, message=f"Faktura {name}", creditor=payee)
        for number, (name, amount) in enumerate(amounts.items(), start=1)
    ]


def _refused_and_stopped(message_id: str) -> bytes:
    """Write a pain.002.001.03 in which the bank refuses a payment, stops another, and accepts the rest."""
    words = {"AVVIST": ("RJCT", "AC04"), "STOPPET": ("CANC", "CUST"), "VANLIG": ("ACCP", ""), "RETUR": ("ACCP", "")}
    words |= {"GEBYR": ("ACCP", "")}
    lines = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>BRU-{name}</OrgnlEndToEndId><TxSts>{word}</TxSts>"
        + (f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else "")
        + "</TxInfAndSts>"
        for name, (word, reason) in words.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>STATUS-BRU</MsgId><CreDtTm>2026-11-24T10:00:00+01:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}-1</OrgnlPmtInfId>{lines}"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def _first(world: World, wages: str, bills: str) -> bytes:
    """Write the notification: lump, debits of what was refused and stopped, returns, receipts, unknown account."""
    names = {"AVVIST": "1111.11", "STOPPET": "2222.22", "VANLIG": "3333.33", "RETUR": "4444.44", "GEBYR": "5555.55"}
    debits = [Tx(amount, end_to_end_id=f"BRU-{name}", message_id=bills) for name, amount in names.items()]
    rent = Tx("5000.00", end_to_end_id="FJORD-LEIE", message_id=wages)
    # One return says what the bank kept, of the other nobody knows.
    told = Tx("5505.55", "BRU-GEBYR", bills, charges="50.00", instructed="5555.55", returned="AC04")
    silent = Tx("4414.44", "BRU-RETUR", bills, returned="AC04")
    back = "PMNT/ICDT/RRTN"
    kids = [Tx("1250.00", kid="0010017", reference="A1"), Tx("499.50", kid="0010025", reference="A2")]
    return camt054(
        Notice(
            "N-FJORD", world.fjord_account,
            [Entry(SALARY_LUMP, batch=(wages, f"{wages}-1"), count=3), Entry("5000.00", txs=[rent], batch=(wages, ""))],
        ),
        Notice(
            "N-BRU", world.bru_account,
            [
                Entry("16666.65", txs=debits, batch=(bills, f"{bills}-1")),
                Entry("5505.55", "CRDT", [told], type=back, reference="RET-1"),
                Entry("4414.44", "CRDT", [silent], type=back, reference="RET-2"),
            ],
        ),
        Notice(
            "N-NORD", world.nord_account,
            [
                Entry("1749.50", "CRDT", kids, reference="LUMP-1", type="PMNT/RCDT/VCOM"),
                Entry(EQUAL, "CRDT", [Tx(EQUAL, text="Teltplass", payer="Per Turist")], reference="NORD-300"),
            ],
        ),
        Notice(
            "N-UKJENT", world.unknown,
            [
                Entry("7777.77", "CRDT", [Tx("7777.77", kid="0010033")], reference="UKJ-1"),
                Entry("1001.00", "CRDT", [Tx("1001.00", text="Depositum hytte")], reference="UKJ-2"),
            ],
        ),
        message_id="CAMT-TRE-FIRMA",
        version=world.version,
    )  # fmt: skip


def _second(world: World) -> bytes:
    """Write a notification of the same account in which a receipt is equal to one of the first in everything."""
    equal = Entry(EQUAL, "CRDT", [Tx(EQUAL, text="Teltplass", payer="Per Turist")], reference="NORD-300")
    other = Entry("640.00", "CRDT", [Tx("640.00", text="Båtplass", payer="Kari Seiler")], reference="NORD-640")
    notice = Notice("N-NORD-2", world.nord_account, [equal, other])
    return camt054(notice, message_id="CAMT-NORD-2", version=world.version)

"""camt.054 documents written from plain values, for both versions that banks send."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr


@dataclass
class Transaction:
    amount: str = "100.00"
    currency: str = "NOK"
    direction: str = "CRDT"
    message_id: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    bank_reference: str | None = None
    kid: str | None = None
    lines: tuple[str, ...] = ()
    debtor_name: str | None = None
    debtor_account: str | None = None
    creditor_name: str | None = None
    return_reason: str | None = None
    more: str = ""
    """XML that stands in place of RmtInf."""
    before_parties: str = ""


@dataclass
class Entry:
    transactions: list[Transaction] = field(default_factory=list)
    amount: str = "100.00"
    currency: str = "NOK"
    direction: str = "CRDT"
    status: str = "BOOK"
    reference: str | None = None
    bank_reference: str | None = None
    batch: str = ""
    before_details: str = ""
    details_of_their_own: bool = False
    """Each transaction in an NtryDtls of its own, as some banks write."""


@dataclass
class Notification:
    entries: list[Entry]
    id: str = "N-1"
    account: str = "<Othr><Id>12345678903</Id></Othr>"
    head: str = ""
    summary: str = ""


def document(*notifications: Notification, version: str = "08", declaration: str = "") -> bytes:
    """Write a whole message."""
    body = "".join(_notification(notification, version) for notification in notifications)
    text = (
        f'{declaration}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-23T17:35:00+01:00</CreDtTm></GrpHdr>\n{body}"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    )
    return text.encode("iso-8859-1" if "8859" in declaration else "utf-8")


def one_entry(entry: Entry, *, version: str = "08") -> bytes:
    return document(Notification([entry]), version=version)


def one_transaction(transaction: Transaction, *, version: str = "08") -> bytes:
    return one_entry(Entry([transaction], amount=transaction.amount, currency=transaction.currency), version=version)


def text_of(value: str) -> str:
    """Escape a value so that a parser gives it back: a carriage return only survives as a reference."""
    return escape(value).replace("\r", "&#13;")


def _notification(notification: Notification, version: str) -> str:
    entries = "\n".join(_entry(entry, version) for entry in notification.entries)
    return (
        f"<Ntfctn><Id>{text_of(notification.id)}</Id><CreDtTm>2026-11-23T17:35:00+01:00</CreDtTm>{notification.head}"
        f"<Acct><Id>{notification.account}</Id><Ccy>NOK</Ccy></Acct>{notification.summary}\n{entries}</Ntfctn>"
    )


def _entry(entry: Entry, version: str) -> str:
    status = entry.status if version == "02" else f"<Cd>{entry.status}</Cd>"
    written = [_transaction(transaction, version) for transaction in entry.transactions]
    between = "</NtryDtls><NtryDtls>" if entry.details_of_their_own else "\n"
    details = f"<NtryDtls>{entry.batch}{between.join(written)}</NtryDtls>" if written or entry.batch else ""
    return (
        f"<Ntry>{_optional('NtryRef', entry.reference)}{_money('Amt', entry.amount, entry.currency)}"
        f"<CdtDbtInd>{entry.direction}</CdtDbtInd><Sts>{status}</Sts>"
        "<BookgDt><Dt>2026-11-23</Dt></BookgDt><ValDt><Dt>2026-11-24</Dt></ValDt>"
        f"{_optional('AcctSvcrRef', entry.bank_reference)}<BkTxCd><Prtry><Cd>230</Cd></Prtry></BkTxCd>"
        f"{entry.before_details}{details}</Ntry>"
    )


def _transaction(transaction: Transaction, version: str) -> str:
    one = transaction
    refs = "".join(
        _optional(name, value)
        for name, value in (
            ("MsgId", one.message_id),
            ("AcctSvcrRef", one.bank_reference),
            ("PmtInfId", one.payment_information_id),
            ("InstrId", one.instruction_id),
            ("EndToEndId", one.end_to_end_id),
        )
    )
    amount = _money("Amt", one.amount, one.currency)
    if version == "02":
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    else:
        amount += f"<CdtDbtInd>{one.direction}</CdtDbtInd>"
    remittance = "".join(_optional("Ustrd", line) for line in one.lines)
    if one.kid is not None:
        remittance += structured(one.kid)
    return_information = f"<RtrInf><Rsn><Cd>{one.return_reason}</Cd></Rsn></RtrInf>" if one.return_reason else ""
    return (
        f"<TxDtls><Refs>{refs}</Refs>{amount}{one.before_parties}{_parties(one, version)}"
        f"{one.more or (f'<RmtInf>{remittance}</RmtInf>' if remittance else '')}{return_information}</TxDtls>"
    )


def structured(reference: str, *, issuer: str = "", more: str = "") -> str:
    issuer = f"<Issr>{issuer}</Issr>" if issuer else ""
    return (
        f"<Strd>{more}<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry>{issuer}</Tp><Ref>{text_of(reference)}</Ref>"
        "</CdtrRefInf></Strd>"
    )


def _parties(one: Transaction, version: str) -> str:
    def name(tag: str, value: str | None) -> str:
        inner = _optional("Nm", value)
        return f"<{tag}>{inner if version == '02' else f'<Pty>{inner}</Pty>'}</{tag}>" if inner else ""

    account = ""
    if one.debtor_account is not None:
        account = f"<DbtrAcct><Id><Othr><Id>{text_of(one.debtor_account)}</Id></Othr></Id></DbtrAcct>"
    inside = name("Dbtr", one.debtor_name) + account + name("Cdtr", one.creditor_name)
    return f"<RltdPties>{inside}</RltdPties>" if inside else ""


def _optional(tag: str, value: str | None) -> str:
    return "" if value is None else f"<{tag}>{text_of(value)}</{tag}>"


def _money(tag: str, amount: str, currency: str) -> str:
    return f"<{tag} Ccy={quoteattr(currency)}>{amount}</{tag}>"

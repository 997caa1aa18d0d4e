"""A bank's camt.054 for tests, in both versions: notifications, entries, lumps and transactions with what they name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Tx:
    """One transaction; ids that are empty are left out, `charges` and `instructed` stand beside its amount."""

    amount: str
    end_to_end_id: str = ""
    message_id: str = ""
    instruction_id: str = ""
    reference: str = ""
    kid: str = ""
    text: str = ""
    payer: str = ""
    charges: str = ""
    instructed: str = ""
    returned: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry: with `txs`, or a lump of `count` payments of the group that `batch` (message id, PmtInfId) names."""

    amount: str
    direction: str = "DBIT"
    txs: Sequence[Tx] = ()
    batch: tuple[str, str] = ("", "")
    count: int | None = None
    status: str = "BOOK"
    day: str = "2026-11-25"
    reference: str = ""
    type: str = "PMNT/ICDT/DMCT"
    reversal: bool = False
    charges: str = ""


@dataclass(frozen=True)
class Notice:
    """One notification about one account."""

    id: str
    account: str
    entries: Sequence[Entry] = field(default_factory=tuple)
    copy: bool = False


def camt054(*notices: Notice, message_id: str = "CAMT-1", version: str = "08") -> bytes:
    """Write a camt.054.001.02 or .08 of these notifications."""
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}"
    header = f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-25T17:00:00+01:00</CreDtTm></GrpHdr>"
    body = header + "".join(_notice(notice, version) for notice in notices)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{space}"><BkToCstmrDbtCdtNtfctn>{body}</BkToCstmrDbtCdtNtfctn></Document>'
    ).encode()


def _notice(notice: Notice, version: str) -> str:
    copied = _tag("CpyDplctInd", "COPY" if notice.copy else "")
    account = f"<Othr><Id>{notice.account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr>"
    entries = "".join(_entry(entry, number, version) for number, entry in enumerate(notice.entries, start=1))
    return (
        f"<Ntfctn><Id>{notice.id}</Id><CreDtTm>2026-11-25T17:00:00+01:00</CreDtTm>{copied}"
        f"<Acct><Id>{account}</Id><Ccy>NOK</Ccy></Acct>{entries}</Ntfctn>"
    )


def _entry(entry: Entry, number: int, version: str) -> str:
    domain, family, kind = entry.type.split("/")
    status = entry.status if version == "02" else f"<Cd>{entry.status}</Cd>"
    code = f"<Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{kind}</SubFmlyCd></Fmly></Domn>"
    message, group = entry.batch
    batch = (
        _tag("MsgId", message) + _tag("PmtInfId", group) + ("" if entry.count is None else _tag("NbOfTxs", entry.count))
    )
    details = _tag("Btch", batch, raw=True) + "".join(_transaction(tx, entry.direction, version) for tx in entry.txs)
    return (
        f"<Ntry><NtryRef>{number}</NtryRef>{_amount('Amt', entry.amount)}<CdtDbtInd>{entry.direction}</CdtDbtInd>"
        + ("<RvslInd>true</RvslInd>" if entry.reversal else "")
        + f"<Sts>{status}</Sts><BookgDt><Dt>{entry.day}</Dt></BookgDt><ValDt><Dt>{entry.day}</Dt></ValDt>"
        + _tag("AcctSvcrRef", entry.reference)
        + f"<BkTxCd>{code}</BkTxCd>{_charges(entry.charges, version)}{_tag('NtryDtls', details, raw=True)}</Ntry>"
    )


def _transaction(tx: Tx, direction: str, version: str) -> str:
    references = (
        _tag("MsgId", tx.message_id) + _tag("AcctSvcrRef", tx.reference) + _tag("InstrId", tx.instruction_id)
        + _tag("EndToEndId", tx.end_to_end_id)
    )  # fmt: skip
    instructed = _tag("InstdAmt", _amount("Amt", tx.instructed), raw=True) if tx.instructed else ""
    detailed = instructed + (_tag("TxAmt", _amount("Amt", tx.amount), raw=True) if version == "02" else "")
    own = "" if version == "02" else f"{_amount('Amt', tx.amount)}<CdtDbtInd>{direction}</CdtDbtInd>"
    name = _tag("Nm", tx.payer)
    payer = name if version == "02" else _tag("Pty", name, raw=True)
    reference = f"<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{tx.kid}</Ref></CdtrRefInf>"
    said = f"<Strd>{reference}</Strd>" if tx.kid else _tag("Ustrd", tx.text)
    returned = f"<RtrInf><Rsn><Cd>{tx.returned}</Cd></Rsn></RtrInf>" if tx.returned else ""
    return (
        f"<TxDtls>{_tag('Refs', references, raw=True)}{own}{_tag('AmtDtls', detailed, raw=True)}"
        f"{_charges(tx.charges, version)}{_tag('RltdPties', _tag('Dbtr', payer, raw=True), raw=True)}"
        f"{_tag('RmtInf', said, raw=True)}{returned}</TxDtls>"
    )


def _charges(amount: str, version: str) -> str:
    if not amount:
        return ""
    if version == "02":
        return f"<Chrgs>{_amount('Amt', amount)}<CdtDbtInd>DBIT</CdtDbtInd></Chrgs>"
    return f"<Chrgs><Rcrd>{_amount('Amt', amount)}<CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>"


def _amount(tag: str, amount: str) -> str:
    return f'<{tag} Ccy="NOK">{amount}</{tag}>'


def _tag(name: str, content: object, *, raw: bool = False) -> str:
    text = str(content) if raw else escape(str(content))
    return f"<{name}>{text}</{name}>" if text else ""

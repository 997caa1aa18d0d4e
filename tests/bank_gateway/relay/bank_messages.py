"""Small messages from a bank, written for the tests of the relay."""

from dataclasses import dataclass, field

ACCOUNT = "86011117947"
OTHER_ACCOUNT = "12345678903"


@dataclass
class Transaction:
    amount: str = "100.00"
    end_to_end_id: str = "E2E-1"
    bank_reference: str = ""


@dataclass
class Entry:
    amount: str = "100.00"
    direction: str = "CRDT"
    status: str = "BOOK"
    date: str = "2026-11-24"
    bank_reference: str = "REF-1"
    transactions: list[Transaction] = field(default_factory=lambda: [Transaction()])


@dataclass
class Notice:
    id: str = "N-1"
    account: str = ACCOUNT
    entries: list[Entry] = field(default_factory=lambda: [Entry()])
    copy: str = ""
    period: str = ""


def camt054(*notices: Notice, message_id: str = "CAMT-1") -> bytes:
    """Write a camt.054.001.02 of these notifications."""
    body = "".join(_notice(notice) for notice in notices)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-24T10:00:00</CreDtTm></GrpHdr>"
        f"{body}</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def _notice(notice: Notice) -> str:
    copied = f"<CpyDplctInd>{notice.copy}</CpyDplctInd>" if notice.copy else ""
    period = (
        f"<FrToDt><FrDtTm>{notice.period}T00:00:00</FrDtTm><ToDtTm>{notice.period}T23:59:59</ToDtTm></FrToDt>"
        if notice.period
        else ""
    )
    entries = "".join(_entry(entry) for entry in notice.entries)
    return (
        f"<Ntfctn><Id>{notice.id}</Id><CreDtTm>2026-11-24T10:00:00</CreDtTm>{period}{copied}"
        f"<Acct><Id><Othr><Id>{notice.account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id><Ccy>NOK</Ccy></Acct>"
        f"{entries}</Ntfctn>"
    )


def _entry(entry: Entry) -> str:
    details = "".join(_transaction(transaction) for transaction in entry.transactions)
    reference = f"<AcctSvcrRef>{entry.bank_reference}</AcctSvcrRef>" if entry.bank_reference else ""
    return (
        f'<Ntry><Amt Ccy="NOK">{entry.amount}</Amt><CdtDbtInd>{entry.direction}</CdtDbtInd><Sts>{entry.status}</Sts>'
        f"<BookgDt><Dt>{entry.date}</Dt></BookgDt><ValDt><Dt>{entry.date}</Dt></ValDt>{reference}"
        f"<BkTxCd><Prtry><Cd>230</Cd></Prtry></BkTxCd>"
        f"{f'<NtryDtls>{details}</NtryDtls>' if details else ''}</Ntry>"
    )


def _transaction(transaction: Transaction) -> str:
    reference = f"<AcctSvcrRef>{transaction.bank_reference}</AcctSvcrRef>" if transaction.bank_reference else ""
    return (
        f"<TxDtls><Refs>{reference}<EndToEndId>{transaction.end_to_end_id}</EndToEndId></Refs>"
        f'<AmtDtls><TxAmt><Amt Ccy="NOK">{transaction.amount}</Amt></TxAmt></AmtDtls></TxDtls>'
    )


def pain002(original: str, *, status: str = "ACTC", reason: str = "", message_id: str = "STS-1") -> bytes:
    """Write a pain.002.001.03 about the whole of a file."""
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-24T10:00:00+01:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>"
        f"<GrpSts>{status}</GrpSts>{why}</OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def ocr_giro(*amounts: int, transmission: str = "0000001", account: str = ACCOUNT) -> bytes:
    """Write an OCR giro transmission with one assignment: each amount, in øre, a payment of its own lump."""
    records = [f"NY000010{'00008080'}{transmission}{'00010200'}".ljust(80, "0")]
    records.append(f"NY090020{'001008566'}{'0000002'}{account}".ljust(80, "0"))
    for number, amount in enumerate(amounts, start=1):
        records.append(
            f"NY091030{number:07}241126{'01'}{'11'}{'1'}{number:05}{' '}{amount:017}{'0010017':>25}".ljust(80, "0")
        )
        records.append(f"NY091031{number:07}{'0' * 10}{'0' * 9}{'0' * 7}241126{'0' * 11}".ljust(80, "0"))
    end = f"{len(amounts):08}{2 * len(amounts) + 2:08}{sum(amounts):017}241126"
    records.append(f"NY090088{end}241126241126".ljust(80, "0"))
    end = f"{len(amounts):08}{2 * len(amounts) + 4:08}{sum(amounts):017}241126"
    records.append(f"NY000089{end}".ljust(80, "0"))
    return "".join(f"{record}\r\n" for record in records).encode("latin-1")

"""Write camt.054.001.02 and .08: debit and credit notifications of one account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bank_gateway.simulator import instants
from bank_gateway.simulator.writers import markup

_ROOT = "BkToCstmrDbtCdtNtfctn"


@dataclass(frozen=True)
class Notification:
    """Which notification this is. `direction` is DBIT or CRDT, `other_party` Cdtr or Dbtr: whom its payments name."""

    version: str
    id: str
    at: datetime
    account: str
    currency: str
    direction: str
    booking_date: date
    other_party: str


@dataclass(frozen=True)
class Entry:
    """One booked line of the account, amount as decimal text.

    `batch` is NtryDtls/Btch ready as markup, empty for a single payment; `prtry_code` the Nets code of a credit.
    """

    reference: str
    amount: str
    family: str
    sub_family: str
    prtry_code: str
    batch: str
    details: Iterable["Detail"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment of an entry: its references, the other party, what it was for, and why it came back if it did.

    `instructed` is the amount before `charges` were taken from it; both are empty where none were.
    """

    message_id: str
    payment_information_id: str
    instruction_id: str
    end_to_end_id: str
    reference: str
    amount: str
    name: str
    account: str
    kid: str
    text: str
    instructed: str = ""
    charges: str = ""
    return_code: str = ""
    return_text: str = ""


def write_notification(notification: Notification, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield a notification with its entries, all booked."""
    return markup.in_pieces(_texts(notification, entries))


def batch(*, message_id: str = "", payment_information_id: str = "", count: int, total: str = "") -> str:
    """Return NtryDtls/Btch; `total` is the batch's amount with its currency and direction as markup, or empty."""
    return (
        f"<Btch>{markup.element('MsgId', message_id)}{markup.element('PmtInfId', payment_information_id)}"
        f"<NbOfTxs>{count}</NbOfTxs>{total}</Btch>"
    )


def batch_total(*, amount: str, currency: str, direction: str) -> str:
    """Return the amount of a batch and its direction."""
    return f'<TtlAmt Ccy="{currency}">{amount}</TtlAmt><CdtDbtInd>{direction}</CdtDbtInd>'


def _texts(notification: Notification, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the notification's texts in order."""
    at = instants.in_message(notification.at)
    told = "/DEBT/" if notification.direction == "DBIT" else "/CRED/"
    yield markup.opening(notification.version, _ROOT)
    yield (
        f"<GrpHdr>{markup.element('MsgId', notification.id)}<CreDtTm>{at}</CreDtTm><AddtlInf>{told}</AddtlInf></GrpHdr>"
        f"\n<Ntfctn>{markup.element('Id', notification.id)}<CreDtTm>{at}</CreDtTm>"
        f"<Acct>{markup.account(notification.account)}<Ccy>{notification.currency}</Ccy></Acct>\n"
    )
    for number, entry in enumerate(entries, start=1):
        yield from _entry(notification, number, entry)
    yield f"</Ntfctn>{markup.closing(_ROOT)}"


def _entry(notification: Notification, number: int, entry: Entry) -> Iterator[str]:
    """Yield Ntry."""
    coded = not notification.version.endswith(".02")
    day = notification.booking_date.isoformat()
    prtry = f"<Prtry><Cd>{entry.prtry_code}</Cd><Issr>NETS</Issr></Prtry>" if entry.prtry_code else ""
    yield (
        f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="{notification.currency}">{entry.amount}</Amt>'
        f"<CdtDbtInd>{notification.direction}</CdtDbtInd><Sts>{'<Cd>BOOK</Cd>' if coded else 'BOOK'}</Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"{markup.element('AcctSvcrRef', entry.reference)}"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{entry.family}</Cd><SubFmlyCd>{entry.sub_family}</SubFmlyCd></Fmly>"
        f"</Domn>{prtry}</BkTxCd><NtryDtls>{entry.batch}\n"
    )
    write = _DetailWriter(notification, coded=coded)
    for detail in entry.details:
        yield write(detail)
    yield "</NtryDtls></Ntry>\n"


class _DetailWriter:
    """Writes TxDtls of one version and direction; called once per payment, so it keeps what never changes."""

    def __init__(self, notification: Notification, *, coded: bool) -> None:
        self._amount_open = f'<Amt Ccy="{notification.currency}">'
        self._direction = f"<CdtDbtInd>{notification.direction}</CdtDbtInd>" if coded else ""
        self._coded = coded
        self._party = notification.other_party

    def __call__(self, detail: Detail) -> str:
        """Return TxDtls."""
        amount = self._amount(detail.amount)
        instructed = f"<InstdAmt>{self._amount(detail.instructed)}</InstdAmt>" if detail.instructed else ""
        return (
            f"<TxDtls>{_references(detail)}{amount + self._direction if self._coded else ''}"
            f"<AmtDtls>{instructed}<TxAmt>{amount}</TxAmt></AmtDtls>{self._charges(detail)}{self._parties(detail)}"
            f"{_purpose(detail)}{_return(detail)}</TxDtls>\n"
        )

    def _amount(self, text: str) -> str:
        """Return Amt."""
        return f"{self._amount_open}{text}</Amt>"

    def _charges(self, detail: Detail) -> str:
        """Return Chrgs, already taken from the amount; only .08 can say that."""
        if not detail.charges:
            return ""
        charge = f"{self._amount(detail.charges)}<CdtDbtInd>DBIT</CdtDbtInd>"
        record = f"<Rcrd>{charge}<ChrgInclInd>true</ChrgInclInd></Rcrd>" if self._coded else charge
        return f"<Chrgs>{record}</Chrgs>"

    def _parties(self, detail: Detail) -> str:
        """Return RltdPties with the other party."""
        name = markup.element("Nm", detail.name)
        party = self._party
        named = f"<{party}>{f'<Pty>{name}</Pty>' if self._coded else name}</{party}>" if name else ""
        account = f"<{party}Acct>{markup.account(detail.account)}</{party}Acct>" if detail.account else ""
        return f"<RltdPties>{named}{account}</RltdPties>" if named or account else ""


def _references(detail: Detail) -> str:
    """Return Refs."""
    return (
        f"<Refs>{markup.element('MsgId', detail.message_id)}{markup.element('AcctSvcrRef', detail.reference)}"
        f"{markup.element('PmtInfId', detail.payment_information_id)}"
        f"{markup.element('InstrId', detail.instruction_id)}{markup.element('EndToEndId', detail.end_to_end_id)}</Refs>"
    )


def _purpose(detail: Detail) -> str:
    """Return RmtInf: the KID if there is one, else the text."""
    if detail.kid:
        return markup.kid_information(detail.kid)
    return markup.text_information(detail.text) if detail.text else ""


def _return(detail: Detail) -> str:
    """Return RtrInf of a payment that came back."""
    if not detail.return_code:
        return ""
    text = markup.element("AddtlInf", detail.return_text)
    return f"<RtrInf><Rsn><Cd>{detail.return_code}</Cd></Rsn>{text}</RtrInf>"

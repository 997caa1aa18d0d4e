"""Build orders for the simulated bank, by hand and by nobody's code but this."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

OUR_ACCOUNT, OUR_ORG = "12345678903", "974760673"
THEIR_ACCOUNT = "86011117947"


@dataclass(frozen=True)
class Tx:
    """One payment of an order."""

    end_to_end_id: str
    amount: str = "100.00"
    account: str = THEIR_ACCOUNT
    kid: str = "0010017"
    text: str = ""
    name: str = "Strøm & Nett AS"
    currency: str = "NOK"


@dataclass(frozen=True)
class Info:
    """One PmtInf of an order."""

    payments: list[Tx]
    reference: str = "P-1"
    account: str = OUR_ACCOUNT
    day: str = "2026-11-24"
    batch: str = "true"
    category: str = "SUPP"
    level: str = "NURG"


@dataclass(frozen=True)
class Order:
    """A pain.001 of version 03 or 09. `count` and `total` are right unless given."""

    message_id: str
    infos: list[Info]
    version: str = "03"
    count: str = ""
    total: str = ""
    division: str = "0001"
    extra: str = field(default="")
    sums: bool = True  # whether PmtInf carries NbOfTxs and CtrlSum

    def xml(self) -> bytes:
        payments = [payment for info in self.infos for payment in info.payments]
        count = self.count or str(len(payments))
        total = self.total or _sum(payments)
        infos = "".join(_info(info, self.version, sums=self.sums) for info in self.infos)
        division = f"<Othr><Id>{self.division}</Id><SchmeNm><Cd>BANK</Cd></SchmeNm></Othr>" if self.division else ""
        return f"""<?xml version="1.0" encoding="UTF-8"?>{self.extra}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.{self.version}"><CstmrCdtTrfInitn><GrpHdr>
<MsgId>{self.message_id}</MsgId><CreDtTm>2026-11-24T07:55:00</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>
<InitgPty><Nm>Fjordvarme</Nm><Id><OrgId><Othr><Id>{OUR_ORG}</Id><SchmeNm><Cd>CUST</Cd></SchmeNm></Othr>
{division}</OrgId></Id></InitgPty></GrpHdr>
{infos}</CstmrCdtTrfInitn></Document>""".encode()


def _sum(payments: list[Tx]) -> str:
    ore = sum(int(payment.amount.replace(".", "")) for payment in payments)
    return f"{ore // 100}.{ore % 100:02d}"


def _info(info: Info, version: str, *, sums: bool) -> str:
    day = info.day if version == "03" else f"<Dt>{info.day}</Dt>"
    bic = "BIC" if version == "03" else "BICFI"
    payments = "".join(_payment(payment) for payment in info.payments)
    batch = f"<BtchBookg>{info.batch}</BtchBookg>" if info.batch else ""
    count = f"<NbOfTxs>{len(info.payments)}</NbOfTxs><CtrlSum>{_sum(info.payments)}</CtrlSum>" if sums else ""
    return f"""<PmtInf><PmtInfId>{info.reference}</PmtInfId><PmtMtd>TRF</PmtMtd>{batch}
{count}
<PmtTpInf><SvcLvl><Cd>{info.level}</Cd></SvcLvl><CtgyPurp><Cd>{info.category}</Cd></CtgyPurp></PmtTpInf>
<ReqdExctnDt>{day}</ReqdExctnDt><Dbtr><Nm>Fjordvarme Testbedrift AS</Nm></Dbtr>
<DbtrAcct><Id><Othr><Id>{info.account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></DbtrAcct>
<DbtrAgt><FinInstnId><{bic}>DNBANOKK</{bic}></FinInstnId></DbtrAgt>
{payments}</PmtInf>
"""


def _payment(payment: Tx) -> str:
    kid = (
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{payment.kid}</Ref></CdtrRefInf></Strd>"
        if payment.kid and not payment.text
        else f"<Ustrd>{escape(payment.text)}</Ustrd>"
    )
    return f"""<CdtTrfTxInf><PmtId><InstrId>I-{payment.end_to_end_id}</InstrId>
<EndToEndId>{payment.end_to_end_id}</EndToEndId></PmtId>
<Amt><InstdAmt Ccy="{payment.currency}">{payment.amount}</InstdAmt></Amt><Cdtr><Nm>{escape(payment.name)}</Nm></Cdtr>
<CdtrAcct><Id><Othr><Id>{payment.account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></CdtrAcct>
<RmtInf>{kid}</RmtInf></CdtTrfTxInf>
"""


def simple_order(message_id: str, *, count: int = 3, version: str = "03", batch: str = "true", **info: str) -> bytes:
    """Build an order of `count` payments of 100.00 each."""
    payments = [Tx(f"{message_id}-{number}") for number in range(count)]
    return Order(message_id, [Info(payments, batch=batch, **info)], version).xml()

"""Small valid orders into which the parts of a bad one are put to be checked by themselves."""

from typing import Final

from lxml import etree

from bank_gateway.messages.pain001.versions import Version

_PAYMENT = (
    "<CdtTrfTxInf><PmtId><EndToEndId>1</EndToEndId></PmtId><Amt><InstdAmt Ccy='NOK'>1</InstdAmt></Amt></CdtTrfTxInf>"
)
_DATES: Final = {"03": "2026-01-01", "09": "<Dt>2026-01-01</Dt>"}


def stand_in_payment(version: Version) -> "etree._Element":
    """Return a valid payment."""
    return next(stand_in_group(version).iterchildren(version.tag("CdtTrfTxInf")))


def stand_in_group(version: Version) -> "etree._Element":
    """Return a valid group with one valid payment, below a valid order."""
    return next(stand_in_order(version)[0].iterchildren(version.tag("PmtInf")))


def stand_in_order(version: Version) -> "etree._Element":
    """Return the root of a valid order of one group of one payment."""
    return etree.fromstring(
        f"<Document xmlns='{version.namespace}'><CstmrCdtTrfInitn>"
        "<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-01-01T00:00:00</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty/></GrpHdr>"
        f"<PmtInf><PmtInfId>1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt>{_DATES[version.number]}</ReqdExctnDt>"
        "<Dbtr/><DbtrAcct><Id><Othr><Id>1</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>"
        f"{_PAYMENT}</PmtInf></CstmrCdtTrfInitn></Document>"
    )

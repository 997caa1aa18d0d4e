"""Order files of any size: pain.001.001.09, every payment with an id, an amount and a reference of its own."""

import zlib
from datetime import date
from functools import cache
from pathlib import Path

_GROUP_SIZE = 100_000


def _mod10(body: str) -> str:
    """Return `body` with its MOD10 check digit."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


@cache
def _digits(run: str) -> str:
    """Return five digits of the run, so that no payment looks like one of an earlier run."""
    return f"{zlib.crc32(run.encode()) % 100_000:05d}"


def _payment(number: int, run: str) -> str:
    amount = f"{100 + number % 900}.{number % 100:02d}"
    if number % 5 < 3:
        remittance = (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            f"<Ref>{_mod10(_digits(run) + f'{number:07d}')}</Ref></CdtrRefInf></Strd>"
        )
    else:
        remittance = f"<Ustrd>Faktura {run}-{number}, kjøp av varer og tjenester</Ustrd>"
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{number}</InstrId><EndToEndId>{run}-{number}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="NOK">{amount}</InstdAmt></Amt>'
        f"<Cdtr><Nm>Leverandør {number % 5000} AS</Nm>"
        f"<Id><OrgId><Othr><Id>{20000 + number % 5000}</Id>"
        "<SchmeNm><Prtry>SUPPLIER</Prtry></SchmeNm></Othr></OrgId></Id>"
        "</Cdtr><CdtrAcct><Id><Othr><Id>86011117947</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></CdtrAcct>"
        f"<RmtInf>{remittance}</RmtInf></CdtTrfTxInf>\n"
    )


def _minor(number: int) -> int:
    return (100 + number % 900) * 100 + number % 100


def write_order_file(path: Path, *, count: int, account: str, run: str, day: date) -> None:
    """Write an order of `count` payments from `account`; `run` makes its ids and texts unlike another run's."""
    total = sum(_minor(number) for number in range(1, count + 1))
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">'
            f"<CstmrCdtTrfInitn><GrpHdr><MsgId>{run}</MsgId><CreDtTm>{day}T08:00:00</CreDtTm><NbOfTxs>{count}</NbOfTxs>"
            f"<CtrlSum>{total // 100}.{total % 100:02d}</CtrlSum><InitgPty><Nm>Benk AS</Nm></InitgPty></GrpHdr>\n"
        )
        for group, first in enumerate(range(1, count + 1, _GROUP_SIZE), start=1):
            file.write(
                f"<PmtInf><PmtInfId>{run}-{group}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>"
                f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>Benk AS</Nm></Dbtr>"
                f"<DbtrAcct><Id><Othr><Id>{account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></DbtrAcct>"
                "<DbtrAgt><FinInstnId><BICFI>DNBANOKK</BICFI></FinInstnId></DbtrAgt>\n"
            )
            file.writelines(_payment(n, run) for n in range(first, min(first + _GROUP_SIZE, count + 1)))
            file.write("</PmtInf>\n")
        file.write("</CstmrCdtTrfInitn></Document>\n")

"""The bits of XML all messages of the bank share. Texts are escaped here and nowhere else."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

NOTICE = "Simulated bank: made by a test program, no money has moved"
_PIECE = 400


def text_of(value: str) -> str:
    """Return a text escaped for an element's content."""
    return escape(value) if "&" in value or "<" in value or ">" in value else value


def element(name: str, value: str) -> str:
    """Return an element with a text, or nothing when the text is empty."""
    return f"<{name}>{text_of(value)}</{name}>" if value else ""


def opening(message: str, root: str) -> str:
    """Return what stands before a message's content, the notice that it is simulated included."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {NOTICE} -->\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}"><{root}>\n'
    )


def closing(root: str) -> str:
    """Return what stands after a message's content."""
    return f"</{root}></Document>\n"


def account(number: str) -> str:
    """Return the identification of an account: BBAN for 11 digits, plain otherwise."""
    scheme = "<SchmeNm><Cd>BBAN</Cd></SchmeNm>" if len(number) == 11 and number.isdigit() else ""
    return f"<Id><Othr><Id>{text_of(number)}</Id>{scheme}</Othr></Id>"


def customer(*, customer_id: str, division: str) -> str:
    """Return the OrgId that names the customer as the agreement does, or nothing."""
    others = "".join(
        f"<Othr><Id>{text_of(value)}</Id><SchmeNm><Cd>{scheme}</Cd></SchmeNm></Othr>"
        for value, scheme in ((customer_id, "CUST"), (division, "BANK"))
        if value
    )
    return f"<Id><OrgId>{others}</OrgId></Id>" if others else ""


def kid_information(kid: str) -> str:
    """Return the structured remittance information that carries a KID."""
    return (
        "<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
        f"<Ref>{text_of(kid)}</Ref></CdtrRefInf></Strd></RmtInf>"
    )


def text_information(text: str) -> str:
    """Return the unstructured remittance information that carries a text, in lines of at most 140 signs."""
    lines = [line[start : start + 140] for line in text.split("\n") for start in range(0, len(line), 140)]
    return f"<RmtInf>{''.join(f'<Ustrd>{text_of(line)}</Ustrd>' for line in lines)}</RmtInf>" if lines else ""


def in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield texts as UTF-8, joined into pieces worth writing."""
    piece: list[str] = []
    for text in texts:
        piece.append(text)
        if len(piece) >= _PIECE:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()

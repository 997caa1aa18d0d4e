"""Any text in any field of an order is refused with its place, or comes out as it was; and touches nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from remittance.models import Payment, Remittance
from tests.bank_gateway.messages.pain001.spelling import Plain, Wild
from tests.properties.depth import depth, unhurried
from tests.properties.rehearsal import rehearsal
from tests.remittance.builders import Sender, make_sender

from .hostile import rewritten, texts
from .orders import FIELDS, XML_FIELDS, Became, Field, as_json, as_xml, follow

# Of so many fields at least some text of each run is right: what was drawn isn't all refused.
_TAKEN = 5


@dataclass(frozen=True)
class Stage:
    """A company that sends, and what becomes of an order of its without a strange text; another company's order."""

    sender: Sender
    plain: Became
    other: str
    # Fields of which some strange text was taken.
    taken: set[str]


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    with time_machine.travel("2026-11-24T08:00:00Z", tick=True):
        other = make_sender(account="86011117947")
        other.send_json({**as_json(FIELDS[1], "Nabo AS"), "debtor_account": "86011117947"})
        sender = make_sender(hold_duplicates=False)
        with rehearsal():
            answer = sender.send_json(as_json(FIELDS[1], "Strøm AS"))
            plain = follow(sender, answer.json()["id"])
        yield Stage(sender, plain, _others(sender), set())


def _others(sender: Sender) -> str:
    """Return a hash of every payment and remittance of all other companies."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT md5(string_agg(p::text, '' ORDER BY p.id)) || md5(string_agg(DISTINCT r::text, ''))
                 FROM remittance_payment p JOIN remittance_remittance r ON r.id = p.remittance_id
                WHERE p.company_id <> %s""",
            [sender.company.pk],
        )
        return str(cursor.fetchone()[0])


def drawn(fields: tuple[Field, ...]) -> Any:
    """Draw a field and a text that its schema allows."""
    return st.sampled_from(fields).flatmap(lambda field: st.tuples(st.just(field), texts(field.most)))


@unhurried
def test_of_a_json_order(stage: Stage) -> None:
    @given(drawn(FIELDS))
    @depth(examples=25)
    def run(drawn: tuple[Field, str]) -> None:
        field, text = drawn
        with rehearsal():
            check(stage, field, text, stage.sender.send_json(as_json(field, text)))

    run()
    assert len(stage.taken) >= _TAKEN


@unhurried
@pytest.mark.parametrize("spelt", ["plainly", "wildly"])
def test_of_an_xml_order(stage: Stage, spelt: str) -> None:
    @given(drawn(XML_FIELDS), st.integers(0, 10**6))
    @depth(examples=12)
    def run(drawn: tuple[Field, str], seed: int) -> None:
        field, text = drawn
        writer = Plain("03") if spelt == "plainly" else Wild("03", Random(seed))
        with rehearsal():
            check(stage, field, text, stage.sender.send_xml(writer.write(as_xml(field, text))))

    run()
    assert len(stage.taken) >= _TAKEN


def check(stage: Stage, field: Field, text: str, answer: Any) -> None:
    """Hold an answer, and what is kept, to the promise."""
    assert answer.status_code in (201, 422), answer.content
    if answer.status_code == 422:
        assert all(error["code"] and error["detail"] for error in answer.json()["errors"])
        assert not Remittance.objects.filter(company=stage.sender.company).exists()
        assert not Payment.objects.filter(company=stage.sender.company).exists()
    else:
        stage.taken.add(field.name)
        check_kept(stage, field, text, answer.json())
    assert _others(stage.sender) == stage.other


def check_kept(stage: Stage, field: Field, text: str, remittance: dict[str, Any]) -> None:
    became = follow(stage.sender, remittance["id"])
    wanted = text
    if any(warning["code"] == "text_transliterated" for warning in remittance["warnings"]):
        wanted = rewritten(text)
        assert wanted != text
    assert stored_text(became, field) == wanted
    assert (became.rows[0], became.rows[2]) == (stage.plain.rows[0], stage.plain.rows[2])
    assert (became.elements[0], became.elements[2]) == (stage.plain.elements[0], stage.plain.elements[2])
    check_element(stage, field, wanted, became)
    check_read(field, wanted, became)
    told = stage.plain.rows[1]["end_to_end_id"] if field.name != "end_to_end_id" else wanted
    assert became.told == [["E-1", told, "E-3"]]
    listed = stage.sender.erp.get(f"remittances/{remittance['id']}/payments")
    assert [one["end_to_end_id"] for one in listed.json()["results"]] == ["E-3", told, "E-1"]
    if field.name == "message_id":
        assert remittance["message_id"] == text


def check_element(stage: Stage, field: Field, wanted: str, became: Became) -> None:
    """Compare the one payment's elements: its own has the text, line by line, and the others are as they were."""
    replaced = ("RmtInf/",) if field.name in ("document", "kid") else ("Cdtr/PstlAdr/AdrLine",)
    here = [text for path, text in became.elements[1] if field.element and path == field.element]
    assert here == (wanted.split("\n") if field.element else [])
    apart = [each for each in became.elements[1] if each[0] != field.element and not each[0].startswith(replaced)]
    plain = [each for each in stage.plain.elements[1] if each[0] != field.element and not each[0].startswith(replaced)]
    assert apart == plain


def check_read(field: Field, wanted: str, became: Became) -> None:
    """Compare what the bank reads of the one payment."""
    read = became.read[1]
    texts = {"end_to_end_id": read.end_to_end_id, "creditor_name": read.creditor_name, "message": read.text}
    texts |= {"document": read.text, "kid": "".join(read.kids)}
    assert texts.get(field.name, wanted) == wanted
    assert [one.end_to_end_id for one in became.read] == [row["end_to_end_id"] for row in became.rows]


def stored_text(became: Became, field: Field) -> str:
    """Return the field as the database has it."""
    row = became.rows[1]
    if field.name == "message_id":
        return became.message_id
    if field.name == "document":
        return str(row["documents"][0]["number"])
    if field.name == "address_lines":
        return str(row["creditor_address"]["lines"])
    if field.name in ("street", "building_number", "postcode", "town"):
        return str(row["creditor_address"][field.name])
    return str(row[field.name])

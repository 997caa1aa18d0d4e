"""The payment rules over a staged order: every fault of the file at once, each with its place.

Source of the rules: Bits' and the banks' use of pain.001 (a KID or a text, never both; counts and sums; NOK with
two decimals), and AutoPay's own (identifiers that come back unchanged, characters that a bank can print).
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg2.extras import execute_values

from autopay_portal.core.errors import MOST_LISTED, ErrorDetail
from bank_gateway.profiles import BankProfile

from . import staging
from .characters import LATIN1, is_latin1, transliterate
from .days import own_bank_dates
from .order import Group, Order

# Bit, code, the element below CdtTrfTxInf and the member below the payment's JSON object.
FAULTS: tuple[tuple[int, str, str, str], ...] = (
    (staging.END_TO_END_ID_INVALID, "end_to_end_id_invalid", "PmtId/EndToEndId", "end_to_end_id"),
    (staging.FOREIGN, "foreign_not_supported", "Amt/InstdAmt", "currency"),
    (staging.AMOUNT_INVALID, "amount_invalid", "Amt/InstdAmt", "amount"),
    (staging.NAME_MISSING, "creditor_name_missing", "Cdtr/Nm", "creditor/name"),
    (staging.ACCOUNT_INVALID, "account_invalid", "CdtrAcct/Id", "creditor/account"),
    (staging.KID_INVALID, "kid_invalid", "RmtInf/Strd/CdtrRefInf/Ref", "kid"),
    (staging.KID_AND_MESSAGE, "kid_and_message", "RmtInf", "kid"),
    (staging.REFERENCE_MISSING, "reference_missing", "RmtInf", "message"),
    (staging.DOCUMENTS_INVALID, "document_invalid", "RmtInf/Strd", "documents"),
    (staging.SUM_OF_DOCUMENTS, "documents_sum_mismatch", "RmtInf/Strd", "documents"),
    (staging.CONTROL_CHARACTERS | staging.OUTSIDE_LATIN1, "characters_invalid", "", ""),
    (staging.KIND_UNKNOWN, "element_not_supported", "PmtTpInf/CtgyPurp/Cd", "category"),
)
# What `reject_mode: payment` refuses payment by payment; everything else is the whole file's.
PAYMENT_RULES = (
    staging.AMOUNT_INVALID
    | staging.ACCOUNT_INVALID
    | staging.KID_INVALID
    | staging.KID_AND_MESSAGE
    | staging.REFERENCE_MISSING
    | staging.DOCUMENTS_INVALID
    | staging.SUM_OF_DOCUMENTS
)
ALL_FLAGS = sum(bit for bit, *_ in FAULTS)

_COLLECT_DOCUMENTS = f"""
CREATE TEMP TABLE staged_documents ON COMMIT DROP AS
SELECT d.position,
       jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
           'type', d.type, 'number', d.document_number, 'amount', d.minor, 'kid', d.kid, 'date', d.date))
           ORDER BY d.number) AS documents,
       bit_or(CASE WHEN d.type IN ('invoice', 'credit_note')
                        AND num_nonnulls(d.kid, d.document_number) >= 1
                        AND (d.kid IS NULL OR (d.type = 'invoice' AND norway_kid_ok(d.kid)))
                        AND d.exact AND d.minor > 0 AND coalesce(d.currency, p.currency) = p.currency
                   THEN 0 ELSE {staging.DOCUMENTS_INVALID} END
              | CASE WHEN d.document_number ~ '{staging.CONTROL_CHARACTER}' THEN {staging.CONTROL_CHARACTERS}
                     WHEN d.document_number ~ '{staging.NO_LATIN1_CHARACTER}' THEN {staging.OUTSIDE_LATIN1}
                     ELSE 0 END)
       | CASE WHEN sum(CASE d.type WHEN 'credit_note' THEN -d.minor ELSE d.minor END) = max(p.minor)
              THEN 0 ELSE {staging.SUM_OF_DOCUMENTS} END AS flags
  FROM (SELECT *, CASE WHEN amount::numeric * 100 <= {staging.MOST_MINOR}
                       THEN trunc(amount::numeric * 100)::bigint END AS minor,
               amount::numeric * 100 = trunc(amount::numeric * 100) AS exact FROM staged_document) d
  JOIN staged_payment p USING (position)
 GROUP BY d.position
"""
_FLAGS = f"""(p.flags | coalesce(d.flags, 0)
    | CASE WHEN num_nonnulls(p.kid, p.message, d.documents) > 1 THEN {staging.KID_AND_MESSAGE} ELSE 0 END
    | CASE WHEN num_nonnulls(p.kid, p.message, d.documents) = 0
                AND coalesce(p.category_purpose, g.category) IN ('SUPP', 'supplier')
           THEN {staging.REFERENCE_MISSING} ELSE 0 END)"""
# A foreign payment's account isn't wrong, only foreign.
FLAGS = f"""CASE WHEN p.flags & {staging.FOREIGN} <> 0 THEN {_FLAGS} & ~{staging.ACCOUNT_INVALID} ELSE {_FLAGS} END"""
FROM_STAGED = """staged_payment p JOIN staged_group g USING (group_no) LEFT JOIN staged_documents d USING (position)"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts and control sums as PostgreSQL has them, independent of the reader's own counting."""

    count: int
    # None where a payment says no amount in its own currency.
    control_sum: Decimal | None


def group_row(group: Group) -> tuple[Any, ...]:
    """Return a group as a row of staged_group."""
    return (
        group.no, group.asked_date, group.bank_date or group.asked_date, group.category, group.urgent,
        group.batch_booking, group.charges,
    )  # fmt: skip


def stage_groups(cursor: Any, order: Order) -> None:
    """Put the order's groups beside its staged payments and gather each payment's documents."""
    execute_values(
        getattr(cursor, "cursor", cursor),
        # Those of a head start stand there already, by the same clock.
        "INSERT INTO staged_group VALUES %s ON CONFLICT (group_no) DO NOTHING",
        [group_row(group) for group in order.groups],
        page_size=1000,
    )
    cursor.execute(_COLLECT_DOCUMENTS)
    cursor.execute("CREATE UNIQUE INDEX ON staged_documents (position)")
    # Of the columns that are joined on: statistics of the texts would take longer than they save.
    cursor.execute("ANALYZE staged_payment (position, group_no), staged_documents (position)")


def stage_own_dates(cursor: Any, order: Order, *, profile: BankProfile, now: datetime) -> None:
    """Give payments of another kind than their group's the bank's day of their own kind."""
    cursor.execute(
        """SELECT DISTINCT group_no, coalesce(category_purpose, ''), coalesce(service_level, '') FROM staged_payment
            WHERE num_nonnulls(category_purpose, service_level) > 0 ORDER BY 1, 2, 3"""
    )
    dates = own_bank_dates(order, cursor.fetchall(), profile=profile, now=now)
    execute_values(
        getattr(cursor, "cursor", cursor),
        """UPDATE staged_payment p SET bank_date = own.day FROM (VALUES %s) AS own (group_no, category, levels, day)
            WHERE p.group_no = own.group_no AND coalesce(p.category_purpose, '') = own.category
              AND coalesce(p.service_level, '') = own.levels""",
        [(*kind, day) for kind, day in dates],
        page_size=1000,
    )


def check_counts_and_sums(cursor: Any, order: Order) -> Sums:
    """Compare what the order says of its counts and sums with what was staged; note each difference."""
    cursor.execute(
        """SELECT group_no, count(*), sum(amount::numeric), bool_and(amount IS NOT NULL), min(position)
             FROM staged_payment GROUP BY group_no"""
    )
    sums = Sums(count=0, control_sum=Decimal(0))
    for no, count, total, complete, first in cursor.fetchall():
        group = order.groups[no - 1]
        group.first_position = int(first)
        _compare(order, group, int(count), Decimal(total) if complete else None)
        # An amount that is stated otherwise than as InstdAmt is refused as such; there is no sum to compare then.
        before = sums.control_sum
        sums = Sums(sums.count + int(count), before + Decimal(total) if complete and before is not None else None)
    head = "/Document/CstmrCdtTrfInitn/GrpHdr"
    if order.count is not None and order.count != sums.count:
        params = {"stated": order.count, "found": sums.count}
        order.refuse("count_mismatch", params=params, xpath=f"{head}/NbOfTxs")
    if sums.control_sum is None:
        return sums
    if order.control_sum is not None and order.control_sum != sums.control_sum:
        wrong = {"stated": order.control_sum, "found": sums.control_sum}
        order.refuse("sum_mismatch", params=wrong, xpath=f"{head}/CtrlSum")
    if sums.control_sum * 100 > staging.MOST_MINOR:
        place = {"xpath": f"{head}/CtrlSum"} if order.is_xml else {"pointer": "/payments"}
        order.refuse("amount_invalid", params={"value": sums.control_sum, "decimals": 2, "currency": "NOK"}, **place)
    return sums


def _compare(order: Order, group: Group, count: int, total: Decimal | None) -> None:
    if group.count is not None and group.count != count:
        params = {"stated": group.count, "found": count}
        order.refuse("count_mismatch", params=params, **order.group_place(group, "NbOfTxs", ""))
    if total is not None and group.control_sum is not None and group.control_sum != total:
        wrong = {"stated": group.control_sum, "found": total}
        order.refuse("sum_mismatch", params=wrong, **order.group_place(group, "CtrlSum", ""))


def check_message_id(order: Order) -> None:
    """Note a message id that is more than a line of text: it stands in postings, mails and file lists."""
    if any(unicodedata.category(character) == "Cc" for character in order.message_id):
        place: dict[str, Any] = (
            {"xpath": "/Document/CstmrCdtTrfInitn/GrpHdr/MsgId"} if order.is_xml else {"pointer": "/message_id"}
        )
        order.refuse("characters_invalid", **place)


def check_identifiers(cursor: Any, order: Order) -> None:
    """Note every payment whose end-to-end id stands on an earlier payment of the same order."""
    cursor.execute(
        """
        SELECT position, group_no, line, end_to_end_id, count(*) OVER ()
          FROM (SELECT position, group_no, line, end_to_end_id,
                       row_number() OVER (PARTITION BY end_to_end_id ORDER BY position) AS occurrence
                  FROM staged_payment) numbered
         WHERE occurrence > 1 ORDER BY position LIMIT %s
        """,
        [MOST_LISTED],
    )
    rows = cursor.fetchall()
    for position, group_no, line, end_to_end_id, _ in rows:
        place = payment_place(order, position, group_no, line, "PmtId/EndToEndId", "end_to_end_id")
        params = {"value": end_to_end_id}
        order.errors.append(ErrorDetail("end_to_end_id_not_unique", params, end_to_end_id=end_to_end_id, **place))
    order.error_count += int(rows[0][-1]) if rows else 0


def transliterate_texts(cursor: Any, order: Order) -> None:
    """Rewrite texts outside ISO-8859-1 where that loses nothing, and warn of each payment it was done to."""
    cursor.execute(
        f"SELECT position, end_to_end_id, {', '.join(_REWRITTEN)} FROM staged_payment WHERE flags & %s <> 0",
        [staging.OUTSIDE_LATIN1],
    )
    for position, end_to_end_id, *texts in cursor.fetchall():
        written = [text if text is None else transliterate(text) for text in texts]
        fits = all(_fits(text, most) for text, most in zip(written, _REWRITTEN.values(), strict=True))
        if not fits or not all(is_latin1(text or "") for text in written):
            continue
        assignments = ", ".join(f"{name} = %s" for name in _REWRITTEN)
        cursor.execute(f"UPDATE staged_payment SET {assignments} WHERE position = %s", [*written, position])
        order.warn("text_transliterated", end_to_end_id=end_to_end_id)


# The texts that may be rewritten, and the characters that a line of each may have (ISO 20022).
_REWRITTEN = {"creditor_name": 140, "street": 70, "town": 35, "address_lines": 70, "message": 140}


def _fits(text: str | None, most: int) -> bool:
    return text is None or all(0 < len(line) <= most for line in text.split("\n"))


def check_limits(cursor: Any, order: Order, *, profile: BankProfile) -> None:
    """Note texts and documents beyond what the bank takes, and warn of names that it will cut."""
    beyond = (
        ("unstructured_count", profile.text.lines, "lines_too_many", "message"),
        ("structured_count", profile.text.documents, "documents_too_many", "documents"),
        ("length(creditor_name)", profile.names.creditor, "name_will_be_cut", ""),
    )
    for counted, most, code, member in beyond:
        cursor.execute(
            f"""SELECT position, group_no, line, end_to_end_id FROM staged_payment WHERE {counted} > %s
                 ORDER BY position LIMIT %s""",
            [most, MOST_LISTED],
        )
        params = {"most": most, "bank": profile.short_name}
        for position, group_no, line, end_to_end_id in cursor.fetchall():
            if not member:
                order.warn(code, params=params, end_to_end_id=end_to_end_id)
                continue
            place = payment_place(order, position, group_no, line, "RmtInf", member)
            order.refuse(code, params=params, end_to_end_id=end_to_end_id, **place)


def check_carried(cursor: Any, order: Order, *, profile: BankProfile) -> None:
    """Note what the order decides and this bank takes no word of: who bears the charges, how the debit is booked.

    SLEV, the scheme's own rule, is the same as saying nothing.
    """
    for group in order.groups:
        said = (
            (not profile.sent.charge_bearer and group.charges is not None, "ChrgBr", "charges"),
            (not profile.sent.batch_booking and group.batch_booking is not None, "BtchBookg", "batch_booking"),
        )
        for refused, element, member in said:
            if refused:
                place = order.group_place(group, element, member)
                order.refuse("element_not_supported", params={"element": element}, **place)
    if not profile.sent.charge_bearer:
        found = "charge_bearer IS NOT NULL AND charge_bearer <> 'SLEV'"
        _refuse_where(cursor, order, found, "element_not_supported", params={"element": "ChrgBr"}, at=("ChrgBr", ""))


def check_characters(cursor: Any, order: Order, *, profile: BankProfile) -> None:
    """Note texts with characters that are ISO-8859-1's, which every order is held to, but not this bank's."""
    missing = sorted(LATIN1 - profile.allowed_characters)
    if missing:
        outside = "[" + "".join(f"\\u{ord(character):04x}" for character in missing) + "]"
        found = f"""({staging.TEXT} ~ '{outside}' OR EXISTS (
            SELECT FROM staged_document d
             WHERE d.position = staged_payment.position AND d.document_number ~ '{outside}'))"""
        _refuse_where(cursor, order, found, "characters_invalid", params={}, at=("", ""))


def _refuse_where(
    cursor: Any, order: Order, found: str, code: str, *, params: dict[str, Any], at: tuple[str, str]
) -> None:
    """Refuse every payment on which the SQL condition holds; `at` names its element and its member of JSON."""
    cursor.execute(
        f"""SELECT position, group_no, line, end_to_end_id, count(*) OVER () FROM staged_payment WHERE {found}
             ORDER BY position LIMIT %s""",
        [MOST_LISTED],
    )
    rows = cursor.fetchall()
    for position, group_no, line, end_to_end_id, _ in rows:
        place = payment_place(order, position, group_no, line, *at)
        order.refuse(code, params=params, end_to_end_id=end_to_end_id, **place)
    order.error_count += max(int(rows[0][-1]) - len(rows), 0) if rows else 0


def check_payments(cursor: Any, order: Order, *, mask: int) -> None:
    """Note every fault in `mask` of every payment, in the order of the file."""
    cursor.execute(
        f"""
        SELECT p.position, p.group_no, p.line, p.end_to_end_id, {FLAGS} & %s AS found, p.amount, p.currency,
               p.creditor_account, p.kid, count(*) OVER ()
          FROM {FROM_STAGED} WHERE {FLAGS} & %s <> 0 ORDER BY p.position LIMIT %s
        """,
        [mask, mask, MOST_LISTED],
    )
    rows = cursor.fetchall()
    for row in rows:
        _note_faults(order, row)
    # Beyond those listed, a payment counts as one fault.
    order.error_count += max(int(rows[0][-1]) - len(rows), 0) if rows else 0


def _note_faults(order: Order, row: tuple[Any, ...]) -> None:
    position, group_no, line, end_to_end_id, found, amount, currency, account, kid, _ = row
    for bits, code, element, member in FAULTS:
        if not found & bits:
            continue
        params = {
            "value": amount, "decimals": 2, "currency": currency, "account": account, "kid": kid, "element": element,
        }  # fmt: skip
        place = payment_place(order, position, group_no, line, element, member)
        order.refuse(code, params=params, end_to_end_id=end_to_end_id, **place)


def payment_place(
    order: Order, position: int, group_no: int, line: int | None, element: str, member: str
) -> dict[str, Any]:
    """Return where a part of a payment stands: line and XPath in XML, a pointer (RFC 6901) in JSON."""
    if not order.is_xml:
        return {"pointer": f"/payments/{position - 1}" + (f"/{member}" if member else "")}
    first = order.groups[group_no - 1].first_position
    path = f"/Document/CstmrCdtTrfInitn/PmtInf[{group_no}]/CdtTrfTxInf[{position - first + 1}]"
    return {"line": line, "xpath": path + (f"/{element}" if element else "")}


def faults_of(flags: int) -> list[str]:
    """Return the codes of the faults in `flags`, gravest first."""
    return [code for bits, code, _, _ in FAULTS if flags & bits]

"""From the staging tables to a stored remittance: one statement per table, whatever the number of payments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from remittance.services.content import RADAR_KEY, payment_hash_sql, stored_hash

from . import checks
from .order import Group

_KIND = "coalesce(code.category, g.category)"
_URGENT = "(g.urgent OR coalesce(p.service_level, '') ~ '\\m(URGP|SDVA)\\M')"
_CATEGORY_CODES = """(VALUES ('SUPP', 'supplier'), ('SALA', 'salary'), ('PENS', 'pension'), ('TAXS', 'tax'),
    ('INTC', 'intercompany')) AS code (iso, category)"""
_CHARGES = """CASE p.charge_bearer WHEN 'SHAR' THEN 'shared' WHEN 'DEBT' THEN 'debtor' WHEN 'CRED' THEN 'creditor'
    WHEN 'SLEV' THEN NULL ELSE g.charges END"""
_BANK_DATE = "coalesce(p.bank_date, g.bank_date, g.asked_date)"
_ADDRESS = """CASE
    WHEN num_nonnulls(p.street, p.building_number, p.postcode, p.town, p.creditor_country, p.address_lines) = 0
    THEN jsonb_build_object() ELSE jsonb_strip_nulls(jsonb_build_object('street', p.street, 'building_number',
        p.building_number, 'postcode', p.postcode, 'town', p.town, 'country', p.creditor_country, 'lines',
        p.address_lines)) END"""
_HASH = payment_hash_sql(
    "p", documents="d.documents", account="p.account", amount="p.minor", bank_date=_BANK_DATE,
    kind=f"{_KIND} || '/' || {_URGENT}::text", charges=_CHARGES, batch_booking="g.batch_booking", address=_ADDRESS,
)  # fmt: skip
_RADAR = RADAR_KEY.format(
    account="p.account", amount="p.minor", currency="p.currency", kid="p.kid", message="p.message",
    documents="d.documents",
)  # fmt: skip
_BAD = f"({checks.FLAGS} & {checks.PAYMENT_RULES})"

_INSERT = f"""
INSERT INTO remittance_payment (
    id, company_id, remittance_id, position, line, status, end_to_end_id, erp_reference, amount, currency, category,
    urgent, batch_booking, charges, execution_date, bank_date, creditor_name, creditor_account, creditor_bic,
    creditor_address, supplier_number, kid, message, documents, ledger_amount, radar_key, bank_group,
    reason_code, reason_params, bank_says_settled, updated_at)
SELECT uuidv7(), %(company)s, %(remittance)s, p.position, p.line,
       {{status}},
       p.end_to_end_id, p.instruction_id, coalesce(p.minor, 0), p.currency, {_KIND}, {_URGENT}, g.batch_booking,
       {_CHARGES}, g.asked_date, {_BANK_DATE}, p.creditor_name, coalesce(p.account, ''), p.creditor_bic, {_ADDRESS},
       p.supplier_number, p.kid, p.message, d.documents, p.ledger_amount, {_RADAR},
       {{group}}, {{reason}},
       false, %(now)s
  FROM {checks.FROM_STAGED} LEFT JOIN {_CATEGORY_CODES} ON code.iso = p.category_purpose
 WHERE p.position > %(after)s
 ORDER BY p.position
"""
# Of what has just been staged and has no documents: only the table's last blocks are read.
_INSERT_NEW = (
    _INSERT.replace(checks.FROM_STAGED, "staged_payment p JOIN staged_group g USING (group_no)")
    .replace("d.documents", "NULL::jsonb")
    .replace(" WHERE p.position", " WHERE p.ctid >= %(first)s::tid AND p.position")
)
_LOOK_AT_NEW = """
SELECT coalesce(bool_and(flags = 0 AND num_nonnulls(kid, message) = 1), true),
       coalesce(bool_or(num_nonnulls(category_purpose, service_level, charge_bearer) > 0), false)
  FROM staged_payment WHERE ctid >= %s::tid AND position > %s
"""
# Which group of the bank's file: the ERP's own, split where payments of one group are of different kinds.
_PLAIN_GROUP = "p.group_no"
_SPLIT_GROUP = f"dense_rank() OVER (ORDER BY p.group_no, {_KIND}, {_URGENT}, {_CHARGES}, {_BANK_DATE})"
# In file mode nothing bad has come this far.
_STATUS = f"CASE WHEN {_BAD} = 0 THEN 'received' ELSE 'rejected_by_autopay' END"
_FIRST_FAULT = "CASE {} END".format(
    " ".join(f"WHEN {_BAD} & {bits} <> 0 THEN '{code}'" for bits, code, _, _ in checks.FAULTS)
)
_REASON = f"{_FIRST_FAULT}, CASE WHEN {_BAD} <> 0 THEN jsonb_build_object('value', p.amount, 'kid', p.kid, " + (
    f"'account', p.creditor_account, 'decimals', 2, 'flags', {_BAD}) END"
)

# An earlier payment in one of these paid nobody.
_HARMLESS = "'rejected_by_autopay', 'rejected_by_bank', 'cancelled', 'stopped', 'returned'"
_SUSPICIONS = f"""
INSERT INTO remittance_duplicatesuspicion (company_id, remittance_id, payment_id, earlier_payment_id)
SELECT p.company_id, p.remittance_id, p.id, earlier.id
  FROM remittance_payment p
  CROSS JOIN LATERAL (
      SELECT e.id FROM remittance_payment e
       WHERE e.company_id = p.company_id AND e.radar_key = p.radar_key
         AND e.creditor_account = p.creditor_account AND e.amount = p.amount
         AND (e.remittance_id <> p.remittance_id OR e.position < p.position)
         AND e.status NOT IN ({_HARMLESS})
       ORDER BY e.id DESC LIMIT 1) earlier
 WHERE p.remittance_id = %s AND p.status = 'received'
"""
# Sent before a restore, as far as it isn't shown that the file never left. The very order itself is known by its key.
_FORGOTTEN = """
SELECT f.id FROM remittance_forgottenpayment f
 WHERE f.company_id = %(company)s AND f.radar_key = p.radar_key AND f.order_key <> %(order)s
   AND EXISTS (SELECT 1 FROM bank_gateway_forgottenupload upload
                WHERE upload.bank_message_id = f.bank_message_id AND upload.settled_at IS NULL)
"""
_SUSPICIONS_OF_FORGOTTEN = f"""
INSERT INTO remittance_duplicatesuspicion (company_id, remittance_id, payment_id, forgotten_payment_id)
SELECT p.company_id, p.remittance_id, p.id, earlier.id
  FROM remittance_payment p
  CROSS JOIN LATERAL (
      {_FORGOTTEN} AND f.creditor_account = p.creditor_account AND f.amount = p.amount
       ORDER BY f.id DESC LIMIT 1) earlier
 WHERE p.remittance_id = %(remittance)s AND p.status = 'received'
   AND NOT EXISTS (SELECT 1 FROM remittance_duplicatesuspicion s WHERE s.payment_id = p.id)
"""
_INSERT_FORGOTTEN = f"""
INSERT INTO remittance_forgottenpayment (
    id, company_id, bank_message_id, order_key, end_to_end_id, creditor_account, amount, currency, radar_key)
SELECT uuidv7(), %s, %s, %s, p.end_to_end_id, coalesce(p.account, ''), p.minor, p.currency, {_RADAR}
  FROM {checks.FROM_STAGED}
"""


@dataclass(frozen=True, slots=True)
class StoredPayments:
    """What the stored payments add up to."""

    count: int
    totals: dict[str, int]
    counts: dict[str, int]
    has_salary: bool


def stage_group(cursor: Any, group: Group) -> None:
    """Put one group, its bank's day set, beside the staged payments."""
    cursor.execute("INSERT INTO staged_group VALUES (%s, %s, %s, %s, %s, %s, %s)", checks.group_row(group))


def look_at_new(cursor: Any, *, after: int, first_block: int) -> tuple[bool, bool]:
    """Return whether the newly staged payments are all plain, and whether any says of what kind it is itself."""
    cursor.execute(_LOOK_AT_NEW, [f"({first_block},0)", after])
    plain, own_kinds = cursor.fetchone()
    return bool(plain), bool(own_kinds)


def insert_new(
    cursor: Any, *, company_id: UUID, remittance_id: UUID, now: datetime, after: int, first_block: int
) -> int:
    """Store the newly staged payments, which are plain (see head_start.py), and return how many there were."""
    cursor.execute(
        _INSERT_NEW.format(group=_PLAIN_GROUP, reason="NULL, NULL::jsonb", status="'received'"),
        {"company": company_id, "remittance": remittance_id, "now": now, "after": after, "first": f"({first_block},0)"},
    )
    return int(cursor.rowcount)


def insert_payments(
    cursor: Any, *, company_id: UUID, remittance_id: UUID, now: datetime, payment_mode: bool, after: int
) -> StoredPayments:
    """Store the staged payments behind position `after`, up to which they are stored.

    With `payment_mode` those that break a payment rule stand rejected_by_autopay.
    """
    cursor.execute(
        """SELECT EXISTS (SELECT 1 FROM staged_payment
                           WHERE num_nonnulls(category_purpose, service_level, charge_bearer) > 0)"""
    )
    group = _SPLIT_GROUP if cursor.fetchone()[0] else _PLAIN_GROUP
    reason = _REASON if payment_mode else "NULL, NULL::jsonb"
    status = _STATUS if payment_mode else "'received'"
    cursor.execute(
        _INSERT.format(group=group, reason=reason, status=status),
        {"company": company_id, "remittance": remittance_id, "now": now, "after": after},
    )
    cursor.execute(
        """SELECT currency, status, count(*), sum(amount)::bigint, bool_or(category = 'salary')
             FROM remittance_payment WHERE remittance_id = %s GROUP BY currency, status""",
        [remittance_id],
    )
    totals: dict[str, int] = {}
    counts: dict[str, int] = {}
    salary = False
    for currency, status, count, amount, any_salary in cursor.fetchall():
        totals[currency] = totals.get(currency, 0) + int(amount)
        counts[status] = counts.get(status, 0) + int(count)
        salary = salary or bool(any_salary)
    return StoredPayments(count=sum(counts.values()), totals=totals, counts=counts, has_salary=salary)


@dataclass(frozen=True, slots=True)
class Suspected:
    """How many payments look like earlier ones, and how many of them like one that a restore has forgotten."""

    count: int
    forgotten: int


def find_duplicates(cursor: Any, *, company_id: UUID, remittance_id: UUID, order_key: str) -> Suspected:
    """Note every payment with the payee, amount and reference of an earlier one; return how many there are.

    From here to its commit a company stores one order at a time: of two that come at once, the second sees the first.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"duplicates {company_id}"])
    cursor.execute(_SUSPICIONS, [remittance_id])
    earlier = int(cursor.rowcount)
    if not has_forgotten(cursor, company_id=company_id):
        return Suspected(earlier, 0)
    cursor.execute(_SUSPICIONS_OF_FORGOTTEN, {"company": company_id, "order": order_key, "remittance": remittance_id})
    return Suspected(earlier + int(cursor.rowcount), int(cursor.rowcount))


def has_forgotten(cursor: Any, *, company_id: UUID) -> bool:
    """Return whether payments of a company were sent before a restore and forgotten by it."""
    cursor.execute("SELECT EXISTS (SELECT 1 FROM remittance_forgottenpayment WHERE company_id = %s)", [company_id])
    return bool(cursor.fetchone()[0])


def insert_forgotten(cursor: Any, *, company_id: UUID, bank_message_id: str, order_key: str) -> int:
    """Keep the staged payments of a file that was sent and forgotten, and return how many there were."""
    cursor.execute(_INSERT_FORGOTTEN, [company_id, bank_message_id, order_key])
    return int(cursor.rowcount)


def count_suspected(cursor: Any, *, company_id: UUID, order_key: str) -> int:
    """Return how many staged payments look like stored ones or each other, for a dry run that stores nothing."""
    cursor.execute(
        f"""SELECT count(*)
              FROM (SELECT {_RADAR} AS radar_key,
                           row_number() OVER (PARTITION BY {_RADAR} ORDER BY p.position) AS occurrence
                      FROM {checks.FROM_STAGED} WHERE {_BAD} = 0) p
             WHERE occurrence > 1
                OR EXISTS (SELECT 1 FROM remittance_payment e
                            WHERE e.company_id = %(company)s AND e.radar_key = p.radar_key
                              AND e.status NOT IN ({_HARMLESS}))
                OR EXISTS ({_FORGOTTEN})""",
        {"company": company_id, "order": order_key},
    )
    return int(cursor.fetchone()[0])


# What the bank's profile adds where the order says nothing: whether to book in batches, and the payee's country.
_STORED_HASH = stored_hash(
    "s",
    batch_booking="coalesce(s.batch_booking, g.batch_booking)",
    address="jsonb_strip_nulls(jsonb_build_object('country', p.creditor_country)) || s.creditor_address",
)


def count_equal(cursor: Any, *, remittance_id: UUID) -> int:
    """Return how many staged payments hash to the same as the remittance's stored and approved ones."""
    cursor.execute(
        f"""SELECT count(*)
              FROM {checks.FROM_STAGED} LEFT JOIN {_CATEGORY_CODES} ON code.iso = p.category_purpose
              JOIN remittance_payment s ON s.remittance_id = %s AND s.status = 'approved'
                                       AND s.end_to_end_id = p.end_to_end_id
             WHERE {_HASH} = {_STORED_HASH}""",
        [remittance_id],
    )
    return int(cursor.fetchone()[0])

"""The tables of the simulated banks' own storage.

Times are UTC texts of fixed width, amounts minor units. What happens once is a unique constraint: one execution and
one return per payment, one cut-off per bank and time.

A row of `payment_information` is what is executed at once: a PmtInf as it came, or the part of it that was approved
by itself. `payment_count` is that of the PmtInf as it came, `accepted_count` what is left of this row.
"""

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

CREATE TABLE login (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, org_number TEXT NOT NULL, username TEXT NOT NULL UNIQUE,
  private_key TEXT, created_at TEXT NOT NULL, UNIQUE (bank, org_number)
) STRICT;
CREATE TABLE login_key (
  login_id INTEGER NOT NULL REFERENCES login, public_key TEXT NOT NULL, PRIMARY KEY (login_id, public_key)
) STRICT;
CREATE TABLE account (
  bank TEXT NOT NULL, number TEXT NOT NULL, currency TEXT NOT NULL, login_id INTEGER REFERENCES login,
  balance INTEGER NOT NULL, PRIMARY KEY (bank, number, currency), CHECK (number = 'external' OR balance >= 0)
) STRICT;
CREATE TABLE agreement (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, login_id INTEGER NOT NULL REFERENCES login, account TEXT NOT NULL,
  currency TEXT NOT NULL, direction TEXT NOT NULL CHECK (direction IN ('remittance', 'incoming')),
  customer_id TEXT NOT NULL, division TEXT NOT NULL, notify TEXT NOT NULL CHECK (notify IN ('ocr', 'camt054')),
  kid TEXT NOT NULL, signers INTEGER NOT NULL, created_at TEXT NOT NULL, UNIQUE (bank, account, direction)
) STRICT;

CREATE TABLE file (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, login_id INTEGER NOT NULL REFERENCES login,
  direction TEXT NOT NULL CHECK (direction IN ('in', 'out')), name TEXT NOT NULL, kind TEXT NOT NULL,
  sha256 TEXT NOT NULL, size INTEGER NOT NULL, at TEXT NOT NULL, source TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('taking', 'taken', 'written', 'held', 'delivered')),
  fault TEXT NOT NULL DEFAULT '', drawn INTEGER NOT NULL DEFAULT 0, turn INTEGER, held_until REAL
) STRICT;
CREATE INDEX file_under_way ON file (state) WHERE state IN ('taking', 'written', 'held');

CREATE TABLE seen_message (
  login_id INTEGER NOT NULL, message_id TEXT NOT NULL, file_id INTEGER NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (login_id, message_id)
) STRICT;
CREATE TABLE message (
  id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL UNIQUE REFERENCES file, bank TEXT NOT NULL,
  login_id INTEGER NOT NULL REFERENCES login, message_id TEXT NOT NULL, version TEXT NOT NULL, created TEXT NOT NULL,
  payment_count INTEGER, control_sum TEXT, customer_id TEXT NOT NULL, division TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('accepted', 'rejected')), reason_code TEXT NOT NULL,
  reason_text TEXT NOT NULL, arrived_at TEXT NOT NULL
) STRICT;
CREATE INDEX message_by_file ON message (login_id, message_id);

CREATE TABLE payment_information (
  id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES message, bank TEXT NOT NULL, reference TEXT NOT NULL,
  account TEXT NOT NULL, currency TEXT NOT NULL, category TEXT NOT NULL, kind TEXT NOT NULL,
  batch_booking INTEGER NOT NULL, debtor_name TEXT NOT NULL, requested_date TEXT NOT NULL,
  payment_count INTEGER NOT NULL DEFAULT 0, accepted_count INTEGER NOT NULL DEFAULT 0,
  accepted_sum INTEGER NOT NULL DEFAULT 0, signers INTEGER NOT NULL, approvals INTEGER NOT NULL DEFAULT 0,
  told_pending INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL CHECK (status IN ('read', 'rejected', 'unsigned', 'due', 'executed')),
  reason_code TEXT NOT NULL DEFAULT '', reason_text TEXT NOT NULL DEFAULT '', due_at TEXT, bank_date TEXT
) STRICT;
CREATE INDEX payment_information_due ON payment_information (bank, due_at) WHERE status = 'due';
CREATE INDEX payment_information_by_message ON payment_information (message);
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, payment_information INTEGER NOT NULL REFERENCES payment_information,
  instruction_id TEXT NOT NULL, end_to_end_id TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
  creditor_name TEXT NOT NULL, creditor_account TEXT NOT NULL, kid TEXT NOT NULL, text TEXT NOT NULL,
  reason_code TEXT NOT NULL DEFAULT '', reason_text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX payment_by_information ON payment (payment_information);
CREATE INDEX payment_rejected ON payment (payment_information) WHERE reason_code <> '';
CREATE INDEX payment_by_end_to_end_id ON payment (end_to_end_id);

CREATE TABLE refusal (
  payment INTEGER PRIMARY KEY REFERENCES payment, status TEXT NOT NULL CHECK (status IN ('RJCT', 'CANC')),
  reason_code TEXT NOT NULL, reason_text TEXT NOT NULL, report_id INTEGER REFERENCES report
) STRICT;
CREATE INDEX refusal_planned ON refusal (payment) WHERE report_id IS NULL;
CREATE INDEX refusal_by_report ON refusal (report_id) WHERE report_id IS NOT NULL;

CREATE TABLE execution (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, payment INTEGER NOT NULL UNIQUE REFERENCES payment,
  message_id TEXT NOT NULL, end_to_end_id TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
  debtor_account TEXT NOT NULL, creditor_account TEXT NOT NULL, executed_at TEXT NOT NULL
) STRICT;
CREATE INDEX execution_by_end_to_end_id ON execution (end_to_end_id);
CREATE INDEX execution_by_message_id ON execution (message_id);

CREATE TABLE credit (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL,
  count INTEGER NOT NULL, kid TEXT NOT NULL, text TEXT NOT NULL, debtor_name TEXT NOT NULL,
  debtor_account TEXT NOT NULL, source TEXT NOT NULL CHECK (source IN ('giro', 'remittance', 'return')),
  due_at TEXT NOT NULL,
  booking_date TEXT, state TEXT NOT NULL CHECK (state IN ('waiting', 'booked', 'refused')),
  report_id INTEGER REFERENCES report
) STRICT;
CREATE INDEX credit_waiting ON credit (bank, due_at) WHERE state = 'waiting';
CREATE INDEX credit_by_report ON credit (report_id) WHERE report_id IS NOT NULL;
CREATE TABLE returned (
  payment INTEGER PRIMARY KEY REFERENCES payment, credit INTEGER NOT NULL UNIQUE REFERENCES credit,
  reason_code TEXT NOT NULL, reason_text TEXT NOT NULL, fee INTEGER NOT NULL
) STRICT;

CREATE TABLE report (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, login_id INTEGER NOT NULL REFERENCES login, kind TEXT NOT NULL,
  version TEXT NOT NULL, at TEXT NOT NULL, account TEXT NOT NULL DEFAULT '', message INTEGER REFERENCES message,
  name TEXT NOT NULL, file_id INTEGER REFERENCES file
) STRICT;
CREATE INDEX report_unwritten ON report (id) WHERE file_id IS NULL;
CREATE TABLE report_part (
  report_id INTEGER NOT NULL REFERENCES report, payment_information INTEGER NOT NULL REFERENCES payment_information,
  PRIMARY KEY (report_id, payment_information)
) STRICT, WITHOUT ROWID;

CREATE TABLE fault (
  bank TEXT NOT NULL, name TEXT NOT NULL, probability REAL, times INTEGER, seed INTEGER NOT NULL,
  seconds REAL NOT NULL, drawn INTEGER NOT NULL DEFAULT 0, hits INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (bank, name)
) STRICT;
CREATE TABLE fault_hit (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, fault TEXT NOT NULL, at TEXT NOT NULL, file TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY, bank TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, subject INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')), fault TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX event_once ON event (bank, kind, at, subject);
CREATE INDEX event_waiting ON event (at, id) WHERE state = 'waiting';
"""

"""What operators do about what only people may decide, by what the banks tell them."""

from collections import Counter
from typing import Any

from tests.chaos.house import Before, Company, House

_DEVIATIONS = """
SELECT id::text, kind, file_id::text, account, reference, CASE direction WHEN 'DBIT' THEN -amount ELSE amount END
  FROM bank_gateway_deviation
 WHERE state = 'open' ORDER BY created_at, id
"""
_TAKEN_FROM_ANOTHER = """
SELECT 1 FROM bank_gateway_seennotification WHERE account = %s AND notification_id = %s AND file_id <> %s
"""
_QUARANTINE = """
SELECT id::text, name, sha256 FROM bank_gateway_incomingfile WHERE state = 'quarantined' ORDER BY stored_at
"""
_DOUBTS = """
SELECT f.id::text, f.bank_message_id FROM bank_gateway_doubt d JOIN bank_gateway_outgoingfile f ON f.id = d.outgoing_id
 WHERE d.ended_at IS NULL AND d.agreed_at IS NULL ORDER BY d.opened_at, d.id
"""
_ALARMS = "SELECT id::text, code, params FROM companies_alarm WHERE cleared_at IS NULL"
# The right file that a bank delivers after a spoilt one has its name, and "-2" behind it.
_RIGHT_ONE = "SELECT sha256 FROM file WHERE name = ? AND fault <> '' AND state = 'delivered'"
_SPOILT = "SELECT fault FROM file WHERE name = ? AND sha256 = ? AND direction = 'out' AND fault <> ''"
_REFUSED = """
SELECT m.remittance_id::text, m.id::text, m.message_id FROM remittance_bankmessage m
  JOIN bank_gateway_outgoingfile f ON f.id = m.outgoing_file_id WHERE f.state = 'rejected' AND f.created_at > %s
"""
_TOO_LATE = """
SELECT 1 FROM payment_information AS info JOIN message ON message.id = info.message
WHERE message.message_id = ? AND info.status = 'rejected' AND info.reason_code = 'DT01'
"""
# A batch is the ERP's to fetch; how long it may have a batch for itself, in seconds.
_LEASE = 300


class People:
    """Operators of one run; `did` counts what they did."""

    def __init__(self, house: House, before: Before) -> None:
        self._house = house
        self._before = before
        self._sent_again: set[str] = set()
        self.did: Counter[str] = Counter()

    def act(self) -> bool:
        """Do what can be done now, and return whether anything was."""
        acts = (
            self._settle_deviations, self.decide_doubts, self._see_to_quarantine, self._send_again,
            self._close_alarms, self._post,
        )  # fmt: skip
        # Each of them, whatever the one before came to.
        return max([act() for act in acts])

    def pause(self, bank: str) -> None:
        """Have what goes to a bank stopped by an operator."""
        assert self._do("pause", "bank paused", bank=bank, note="Banken har meldt om feil hos seg")

    def lift(self, bank: str) -> None:
        """Have it go on."""
        assert self._do("lift", "pause lifted", bank=bank)

    def _do(self, what: str, done: str, **about: str | int) -> bool:
        refused = self._house.clerk(what, **about)
        self._house.note(f"{what} {about}{': ' + refused if refused else ''}")
        if not refused:
            self.did[done] += 1
        return not refused

    def _settle_deviations(self) -> bool:
        return max([self._settle(*row) for row in self._house.rows(_DEVIATIONS)], default=False)

    def _settle(self, deviation: str, kind: str, file: str, account: str, reference: str, amount: int | None) -> bool:
        """Release what the bank means, close what it said twice."""
        if kind == "repeated_notification":
            seen = self._house.rows(_TAKEN_FROM_ANOTHER, account, reference, file)
            what, note = ("close", "Tatt fra den andre filen") if seen else ("release", "Originalen kom aldri")
        elif kind == "possible_repeat":
            missing = self._is_missing(account, amount)
            what, note = ("release", "Banken har begge") if missing else ("close", "Banken har én")
        elif kind == "unclaimed":
            what, note = "release", "Svaret som manglet er kommet"
        else:
            return False
        return self._do(what, f"deviation {kind} {what}d", deviation=deviation, note=note)

    def _is_missing(self, account: str, amount: int | None) -> bool:
        """Return whether the bank has booked more of these on the account than the portal has received."""
        credits = self._house.truth.credits(self._before.truth)
        at_bank = sum(count for each, count in credits.items() if each.account == account and each.minor == amount)
        here = self._house.rows(
            "SELECT count(*) FROM payments_in_incomingpayment WHERE account = %s AND amount = %s AND created_at > %s",
            account, amount, self._before.received,
        )[0][0]  # fmt: skip
        return bool(at_bank > here)

    def _see_to_quarantine(self) -> bool:
        return max([self._see_to(*row) for row in self._house.rows(_QUARANTINE)], default=False)

    def _see_to(self, file: str, name: str, sha256: str) -> bool:
        """Set a spoilt file aside once the right one has come and is applied."""
        if not self._house.truth.rows(_SPOILT, name, sha256):
            return False
        stem, _, ending = name.rpartition(".")
        right = self._house.truth.rows(_RIGHT_ONE, f"{stem}-2.{ending}")
        if not right:
            return False
        applied = self._house.rows(
            "SELECT 1 FROM bank_gateway_incomingfile WHERE sha256 = %s AND state = 'applied'", right[0]["sha256"]
        )
        return bool(applied) and self._do("set_aside", "file set aside", file=file, note="Banken sendte en ny")

    def decide_doubts(self) -> bool:
        """Let two operators decide every doubt by what the banks say, and return whether they could any."""
        return max([self._decide(*row) for row in self._house.rows(_DOUBTS)], default=False)

    def _decide(self, outgoing: str, message_id: str) -> bool:
        """Let two operators say of a file in doubt what the bank says of it."""
        here = self._house.truth.has_message(message_id)
        verdict, words = ("at_bank", "Vi har den") if here else ("not_at_bank", "Vi har den ikke")
        first = self._do("decide", "decision", outgoing=outgoing, operator=0, verdict=verdict, words=words)
        return first and self._do(
            "decide", f"doubt decided {verdict}", outgoing=outgoing, operator=1, verdict=verdict, words=words
        )

    def _send_again(self) -> bool:
        """Send again what a bank refused whole because its day had passed; each file once."""
        refused = self._house.rows(_REFUSED, self._before.received)
        mine = [row for row in refused if row[2] not in self._sent_again and self._was_too_late(row[2])]
        self._sent_again |= {message_id for _, _, message_id in mine}
        acts = [
            self._do("send_again", "file sent again", remittance=remittance, message=message)
            for remittance, message, _ in mine
        ]
        return max(acts, default=False)

    def _was_too_late(self, message_id: str) -> bool:
        return bool(self._house.truth.rows(_TOO_LATE, message_id))

    def _close_alarms(self) -> bool:
        """Close what tells of something that really happened, once it is seen to."""
        return max([self._close(*row) for row in self._house.rows(_ALARMS)], default=False)

    def _close(self, alarm: str, code: str, params: dict[str, Any]) -> bool:
        # A debit may only have ended a doubt; a payment that was called rejected or stopped is a fault.
        doubted = code == "debit_contradicts_state" and params["from_status"] == "in_doubt"
        if not (doubted or code in ("outgoing_delivered_late", "replaced_file_lives")):
            return False
        return self._do("close_alarm", f"alarm {code}", alarm=alarm, note="Sett på med banken")

    def _post(self) -> bool:
        """Let the ERPs post what is ready."""
        return max([self._post_batch(company, str(batch["id"])) for company, batch in self._ready()], default=False)

    def _ready(self) -> list[tuple[Company, dict[str, Any]]]:
        return [
            (company, batch)
            for company in self._house.companies
            for batch in company.erp.all("ledger-batches?status=ready&limit=500")
        ]

    def _post_batch(self, company: Company, batch: str) -> bool:
        lease = company.erp.post(f"ledger-batches/{batch}/lease", {"seconds": _LEASE})
        company.erp.post(f"ledger-batches/{batch}/posted", {"lease_id": lease["lease_id"]})
        self.did["batches posted"] += 1
        return True

"""Going through the wizard as a browser does."""

import re
from typing import Any

from django.test import Client

from agreements.models import Draft
from companies.models import Company

BANK = {"bank": "dnb", "kind": "remittance", "origin": "new"}
ACCOUNT = {
    "account": "1234 56 78903", "customer_id": "974760673", "division": "0001", "bank_agreement_id": "",
    "bank_ledger_account": "1920", "interim_ledger_account": "", "supplier_ledger_account": "2400",
    "salary_ledger_account": "2930", "tax_ledger_account": "", "pension_ledger_account": "",
    "intercompany_ledger_account": "", "fee_ledger_account": "7770",
}  # fmt: skip
TERMS = {
    "rejects": "avvist@fjord.example; sjef@fjord.example", "approvers": "", "approvers_required": "2",
    "bank_approval": "rgb", "paid_evidence": "camt054", "reject_mode": "file", "hold_duplicates": "on",
}  # fmt: skip
INCOMING_BANK = {**BANK, "kind": "incoming"}
INCOMING_ACCOUNT = {
    "account": "12345678903", "customer_id": "", "division": "", "bank_agreement_id": "",
    "bank_ledger_account": "1920", "interim_ledger_account": "", "customer_ledger_account": "1500",
    "fee_ledger_account": "7770", "unplaced_ledger_account": "2900",
}  # fmt: skip
INCOMING_TERMS = {
    "notify": "ocr", "rejects": "", "kid1_length": "7", "kid1_modulus": "mod10", "kid1_customer_from": "1",
    "kid1_customer_to": "4", "kid1_invoice_from": "5", "kid1_invoice_to": "6",
}  # fmt: skip


class Wizard:
    """One draft in one browser."""

    def __init__(self, client: Client, company: Company) -> None:
        self.client, self.company = client, company
        begun = client.post(f"/c/{company.pk}/agreements/new/")
        assert begun.status_code == 302
        self.base = begun.headers["Location"].removesuffix("bank/")

    @property
    def draft(self) -> Draft:
        """Return the draft as it is kept."""
        return Draft.objects.get(pk=self.base.rstrip("/").rsplit("/", 1)[1])

    def page(self, step: str) -> str:
        """Return a step's page."""
        answer = self.client.get(f"{self.base}{step}/")
        assert answer.status_code == 200, answer.headers
        return answer.content.decode()

    def seen(self, step: str) -> str:
        """Return the mark of what a step's page shows."""
        found = re.search(r'name="seen" value="(\w+)"', self.page(step))
        assert found is not None
        return found[1]

    def fill(self, step: str, answers: dict[str, str], *, seen: str = "") -> Any:
        """Send a step, as its page was opened now or with an earlier mark."""
        return self.client.post(f"{self.base}{step}/", {**answers, "seen": seen or self.seen(step)})

    def fill_all(self, *, bank: Any = BANK, account: Any = ACCOUNT, terms: Any = TERMS) -> None:
        """Fill in every step."""
        for step, answers in (("bank", bank), ("account", account), ("terms", terms)):
            answer = self.fill(step, answers)
            assert answer.status_code == 302, (step, answer.content.decode())

    def finish(self) -> Any:
        """Make the agreement."""
        return self.client.post(f"{self.base}finish/")

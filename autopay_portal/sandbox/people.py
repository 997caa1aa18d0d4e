"""Who and what the sandbox is filled with: invented customers, companies, people and agreements.

Organisation numbers begin with 3, as the synthetic ones of the Norwegian authorities' test data do; no person
or company with these names and numbers is meant to exist. Passwords and keys are made when the data is written.
"""

from dataclasses import dataclass, field

from agreements.kid import KidRule
from agreements.models import Notify
from companies.models import Role

MILLION = 1_000_000


@dataclass(frozen=True)
class PlannedUser:
    """A person: his roles by company (organisation number), and whether he administers the customer."""

    email: str
    name: str
    roles: dict[str, tuple[Role, ...]] = field(default_factory=dict)
    administers: bool = False
    operates: bool = False
    sees_salary: bool = False
    # Companies he is linked to as employee, in this order.
    employed_by: tuple[str, ...] = ()

    @property
    def needs_factor(self) -> bool:
        """Return whether he approves, administers or operates, and so has an authenticator app from the start."""
        deciding = {Role.APPROVER, Role.AUTOPAY_ADMINISTRATOR}
        return self.administers or self.operates or any(deciding & {*roles} for roles in self.roles.values())


@dataclass(frozen=True)
class PlannedBank:
    """A company's agreements at one bank: one for remittance, one for incoming payments, on the same line."""

    bank: str
    remittance_account: str
    incoming_account: str
    approvers_required: int
    notify: Notify
    kid: tuple[KidRule, ...]
    # What the bank wants beside the customer's id: a division, a sender id, or nothing.
    division: str = ""
    # Opening balance of each account, in whole kroner.
    balance: int = 50 * MILLION


@dataclass(frozen=True)
class PlannedCompany:
    """A company and the banks it has agreements with."""

    org_number: str
    name: str
    address: str
    postcode: str
    town: str
    erp_user: str
    banks: tuple[PlannedBank, ...]
    posting_employee: str | None = None


@dataclass(frozen=True)
class PlannedCustomer:
    """An accounting firm with its companies and people; the first person administers it.

    The firm is a company of its own too (the 000 client), by its organisation number and where it is; it uses nothing.
    """

    number: str
    name: str
    org_number: str
    address: str
    postcode: str
    town: str
    companies: tuple[PlannedCompany, ...]
    users: tuple[PlannedUser, ...]


BAKERY, ELECTRICIAN, SEAFOOD = "310045128", "311172840", "313400174"
# Who approves there answers with a second factor, and so do its people when they sign in; elsewhere the password is
# enough until somebody enrols a factor of his own.
TWO_STEP_COMPANIES = (SEAFOOD,)

_DNB_DIVISION, _NORDEA_SENDER = "001", "AUTOPAY1"
_SEVEN_DIGITS = KidRule(length=7, modulus="mod10", customer=(1, 4), invoice=(5, 6))

CUSTOMERS = (
    PlannedCustomer(
        number="10001",
        name="Fjordregnskap AS",
        org_number="312074516",
        address="Torget 2",
        postcode="5014",
        town="Bergen",
        companies=(
            PlannedCompany(
                org_number=BAKERY,
                name="Strandgata Bakeri AS",
                address="Strandgata 14",
                postcode="5004",
                town="Bergen",
                erp_user="erp@fjordregnskap.example",
                # Nobody approves, and each account has enough for a batch of 300,000 payments.
                banks=(
                    PlannedBank(
                        bank="dnb",
                        division=_DNB_DIVISION,
                        remittance_account="12345678903",
                        incoming_account="12345678903",
                        approvers_required=0,
                        notify=Notify.OCR,
                        kid=(_SEVEN_DIGITS,),
                        balance=5_000 * MILLION,
                    ),
                    PlannedBank(
                        bank="nordea",
                        division=_NORDEA_SENDER,
                        remittance_account="60050612344",
                        incoming_account="60050612344",
                        approvers_required=0,
                        notify=Notify.CAMT054,
                        kid=(_SEVEN_DIGITS,),
                        balance=5_000 * MILLION,
                    ),
                    PlannedBank(
                        bank="sparebank1",
                        remittance_account="42021177304",
                        incoming_account="42021177304",
                        approvers_required=0,
                        notify=Notify.OCR,
                        kid=(_SEVEN_DIGITS,),
                        balance=5_000 * MILLION,
                    ),
                ),
            ),
            PlannedCompany(
                org_number=ELECTRICIAN,
                name="Nordlys Elektro AS",
                address="Havnegata 3",
                postcode="9008",
                town="Tromsø",
                erp_user="erp@fjordregnskap.example",
                banks=(
                    PlannedBank(
                        bank="dnb",
                        division=_DNB_DIVISION,
                        remittance_account="15036123408",
                        incoming_account="15034987618",
                        approvers_required=2,
                        notify=Notify.CAMT054,
                        kid=(
                            _SEVEN_DIGITS,
                            KidRule(length=12, modulus="mod11", customer=(1, 6), invoice=(7, 11)),
                            KidRule(length=20, modulus="mod10", customer=(1, 8), invoice=(9, 19)),
                        ),
                    ),
                    PlannedBank(
                        bank="nordea",
                        division=_NORDEA_SENDER,
                        remittance_account="60050678019",
                        incoming_account="60210344554",
                        approvers_required=2,
                        notify=Notify.CAMT054,
                        kid=(_SEVEN_DIGITS,),
                    ),
                ),
                posting_employee="anne@fjordregnskap.example",
            ),
        ),
        users=(
            PlannedUser(email="kari@fjordregnskap.example", name="Kari Fjord", administers=True),
            PlannedUser(
                email="erp@fjordregnskap.example",
                name="ERP hos Fjordregnskap",
                roles={BAKERY: (Role.FILE_TRANSFER,), ELECTRICIAN: (Role.FILE_TRANSFER,)},
            ),
            PlannedUser(
                email="anne@fjordregnskap.example",
                name="Anne Vik",
                roles={BAKERY: (Role.AUTOPAY_ADMINISTRATOR,), ELECTRICIAN: (Role.AUTOPAY_ADMINISTRATOR,)},
                employed_by=(BAKERY, ELECTRICIAN),
            ),
            PlannedUser(
                email="per@nordlys.example",
                name="Per Nordli",
                roles={BAKERY: (Role.APPROVER,), ELECTRICIAN: (Role.APPROVER,)},
                sees_salary=True,
            ),
            PlannedUser(email="siri@nordlys.example", name="Siri Lund", roles={ELECTRICIAN: (Role.APPROVER,)}),
            PlannedUser(
                email="ola@nordlys.example",
                name="Ola Berg",
                roles={BAKERY: (Role.UPLOADER,), ELECTRICIAN: (Role.UPLOADER,)},
            ),
            PlannedUser(
                email="eva@nordlys.example",
                name="Eva Dal",
                roles={BAKERY: (Role.VIEWER,), ELECTRICIAN: (Role.VIEWER,)},
            ),
        ),
    ),
    PlannedCustomer(
        number="10002",
        name="Bruvik Økonomi AS",
        org_number="312886049",
        address="Storgata 9",
        postcode="6002",
        town="Ålesund",
        companies=(
            PlannedCompany(
                org_number=SEAFOOD,
                name="Havgap Sjømat AS",
                address="Kaigata 7",
                postcode="6002",
                town="Ålesund",
                erp_user="erp@bruvik.example",
                banks=(
                    PlannedBank(
                        bank="dnb",
                        division=_DNB_DIVISION,
                        remittance_account="15062233459",
                        incoming_account="15068800126",
                        approvers_required=1,
                        notify=Notify.CAMT054,
                        kid=(KidRule(length=9, modulus="mod10", customer=(1, 5), invoice=(6, 8)),),
                    ),
                    PlannedBank(
                        bank="sparebank1",
                        remittance_account="42021199146",
                        incoming_account="42123355673",
                        approvers_required=1,
                        notify=Notify.OCR,
                        kid=(KidRule(length=9, modulus="mod11", customer=(1, 5), invoice=(6, 8)),),
                    ),
                ),
            ),
        ),
        users=(
            PlannedUser(email="tor@bruvik.example", name="Tor Bruvik", administers=True, employed_by=(SEAFOOD,)),
            PlannedUser(email="erp@bruvik.example", name="ERP hos Bruvik", roles={SEAFOOD: (Role.FILE_TRANSFER,)}),
            PlannedUser(email="lise@havgap.example", name="Lise Hav", roles={SEAFOOD: (Role.APPROVER,)}),
        ),
    ),
)

OPERATOR = PlannedUser(email="sentralen@autopay.example", name="Olav Sentral", operates=True)

TERMS_VERSION = "sandkasse-1"
TERMS_NB = "Vilkår for prøvebruk av AutoPay i en sandkasse. Bankene er simulerte, og ingen penger flyttes."
TERMS_EN = "Terms for trying AutoPay in a sandbox. The banks are simulated, and no money moves."

"""Which elements of an order are carried, which only inform, and which are refused.

What stands in neither table below a payment or a payment group bears on who gets how much, when, or at whose cost, or
is unknown to us: it is refused. So a new element is refused until someone has thought about it.
"""

from collections.abc import Mapping
from typing import Final

PAYMENT_TEXTS: Final[Mapping[str, str]] = {
    "PmtId/InstrId": "instruction_id",
    "PmtId/EndToEndId": "end_to_end_id",
    "PmtTpInf/InstrPrty": "instruction_priority",
    "PmtTpInf/SvcLvl/Cd": "service_level",
    "PmtTpInf/CtgyPurp/Cd": "category_purpose",
    "Amt/InstdAmt": "amount",
    "ChrgBr": "charge_bearer",
    "CdtrAgt/FinInstnId/BIC": "creditor_bic",
    "CdtrAgt/FinInstnId/BICFI": "creditor_bic",
    "Cdtr/Nm": "creditor_name",
    "Cdtr/PstlAdr/StrtNm": "street",
    "Cdtr/PstlAdr/BldgNb": "building_number",
    "Cdtr/PstlAdr/PstCd": "postcode",
    "Cdtr/PstlAdr/TwnNm": "town",
    "Cdtr/PstlAdr/Ctry": "creditor_country",
    "Cdtr/PstlAdr/AdrLine": "address_lines",
    "CdtrAcct/Id/IBAN": "creditor_account",
    "CdtrAcct/Id/Othr/Id": "creditor_account",
    "RgltryRptg/Dtls/Cd": "regulatory_code",
    "RgltryRptg/Dtls/Inf": "regulatory_text",
    "RmtInf/Ustrd": "message",
}

PAYMENT_INFORMS: Final = frozenset(
    {
        "PmtId/UETR",
        "UltmtDbtr",
        "CdtrAgt/FinInstnId/Nm",
        "CdtrAgt/FinInstnId/LEI",
        "CdtrAgt/FinInstnId/PstlAdr",
        "Cdtr/PstlAdr/AdrTp",
        "Cdtr/PstlAdr/Dept",
        "Cdtr/PstlAdr/SubDept",
        "Cdtr/PstlAdr/BldgNm",
        "Cdtr/PstlAdr/Flr",
        "Cdtr/PstlAdr/PstBx",
        "Cdtr/PstlAdr/Room",
        "Cdtr/PstlAdr/TwnLctnNm",
        "Cdtr/PstlAdr/DstrctNm",
        "Cdtr/PstlAdr/CtrySubDvsn",
        "Cdtr/Id/OrgId/BICOrBEI",
        "Cdtr/Id/OrgId/AnyBIC",
        "Cdtr/Id/OrgId/LEI",
        "Cdtr/Id/PrvtId",
        "Cdtr/CtryOfRes",
        "Cdtr/CtctDtls",
        "CdtrAcct/Id/Othr/Issr",
        "CdtrAcct/Tp",
        "CdtrAcct/Ccy",
        "CdtrAcct/Nm",
        "Purp",
        "RgltryRptg/DbtCdtRptgInd",
        "RgltryRptg/Authrty",
        "RgltryRptg/Dtls/Tp",
        "RgltryRptg/Dtls/Dt",
        "RgltryRptg/Dtls/Ctry",
        "RgltryRptg/Dtls/Amt",
        "Tax",
        "RltdRmtInf",
    }
)

STRUCTURED_INFORMS: Final = frozenset(
    {
        "RfrdDocInf/Tp/Issr",
        "RfrdDocInf/LineDtls",
        "RfrdDocAmt/DuePyblAmt",
        "RfrdDocAmt/DscntApldAmt",
        "RfrdDocAmt/TaxAmt",
        "RfrdDocAmt/AdjstmntAmtAndRsn",
        "CdtrRefInf/Tp/Issr",
        "Invcr",
        "Invcee",
        "TaxRmt",
        "GrnshmtRmt",
        "AddtlRmtInf",
    }
)

GROUP_TEXTS: Final[Mapping[str, str]] = {
    "PmtInfId": "payment_information_id",
    "PmtMtd": "method",
    "BtchBookg": "batch_booking",
    "NbOfTxs": "number_of_transactions",
    "CtrlSum": "control_sum",
    "PmtTpInf/InstrPrty": "instruction_priority",
    "PmtTpInf/SvcLvl/Cd": "service_level",
    "PmtTpInf/CtgyPurp/Cd": "category_purpose",
    "ReqdExctnDt": "requested_date",
    "ReqdExctnDt/Dt": "requested_date",
    "ReqdExctnDt/DtTm": "requested_moment",
    "Dbtr/Nm": "debtor_name",
    "DbtrAcct/Id/IBAN": "debtor_account",
    "DbtrAcct/Id/Othr/Id": "debtor_account",
    "DbtrAcct/Ccy": "debtor_account_currency",
    "ChrgBr": "charge_bearer",
}

# The debtor and his bank are written anew from the agreement, so what the ERP says of them is not lost but replaced.
GROUP_REPLACED: Final = frozenset({"Dbtr", "DbtrAgt"})

GROUP_INFORMS: Final = frozenset({"UltmtDbtr", "DbtrAcct/Tp", "DbtrAcct/Nm", "DbtrAcct/Id/Othr/Issr"})

HEADER_CARRIED: Final = frozenset({"MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"})


def containers_of(paths: Mapping[str, str]) -> frozenset[str]:
    """Return the elements that must be entered to reach the carried ones."""
    return frozenset(
        "/".join(steps[:depth]) for path in paths for steps in [path.split("/")] for depth in range(len(steps))
    )

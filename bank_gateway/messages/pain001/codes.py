"""The ISO codes of pain.001 beside our words for them."""

from types import MappingProxyType
from typing import Final

# CtgyPurp/Cd (external category purpose codes); none means supplier.
CATEGORY_CODES: Final = MappingProxyType(
    {"supplier": "SUPP", "salary": "SALA", "pension": "PENS", "tax": "TAXS", "intercompany": "INTC"}
)
CATEGORIES: Final = MappingProxyType({code: category for category, code in CATEGORY_CODES.items()})

# SvcLvl/Cd: URGP and SDVA both ask for the same day.
URGENT_SERVICE_LEVELS: Final = frozenset({"URGP", "SDVA"})
NORMAL_SERVICE_LEVELS: Final = frozenset({"NURG"})

# ChrgBr; SLEV, following the service level, is nobody's choice.
CHARGE_BEARER_CODES: Final = MappingProxyType({"shared": "SHAR", "debtor": "DEBT", "creditor": "CRED"})
CHARGE_BEARERS: Final = MappingProxyType({code: bearer for bearer, code in CHARGE_BEARER_CODES.items()})

# RfrdDocInf/Tp/CdOrPrtry/Cd
DOCUMENT_CODES: Final = MappingProxyType({"invoice": "CINV", "credit_note": "CREN"})
DOCUMENT_TYPES: Final = MappingProxyType({code: kind for kind, code in DOCUMENT_CODES.items()})

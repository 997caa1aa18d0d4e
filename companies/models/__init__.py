"""Who may do what: customers, companies, users, roles, keys, employees; what is wrong, and who did what."""

from companies.models.alarm_mail import AlarmMail, AlarmNotice, Audience
from companies.models.alarms import Alarm, AlarmSighting, Severity
from companies.models.audit import AuditChain, AuditEvent, AuditPersonal, AuditSignatureKey
from companies.models.company_moves import CompanyHandover, CompanyImport, HandoverState
from companies.models.customers import (
    Company,
    Customer,
    Licence,
    LicenceKind,
    Service,
    ServiceInUse,
    TermsAcceptance,
    TermsOfService,
)
from companies.models.factors import EmailChange, FactorChallenge, FactorConfirmation, TotpStep
from companies.models.keys import ErpUser, SigningKey
from companies.models.letters import Letter
from companies.models.members import RIGHTS, SEE_SALARY, CustomerMember, RightsNotice, WaitingGrant
from companies.models.orders import CustomerOrder, Invitation, OrderState
from companies.models.proposals import Proposal, ProposalState
from companies.models.rights import COMPANY_ROLES, CustomerAdministrator, Operator, Role, RoleGrant, SalaryAccess
from companies.models.users import Employee, Language, User

__all__ = [
    "COMPANY_ROLES",
    "RIGHTS",
    "SEE_SALARY",
    "Alarm",
    "AlarmMail",
    "AlarmNotice",
    "AlarmSighting",
    "Audience",
    "AuditChain",
    "AuditEvent",
    "AuditPersonal",
    "AuditSignatureKey",
    "Company",
    "CompanyHandover",
    "CompanyImport",
    "Customer",
    "CustomerAdministrator",
    "CustomerMember",
    "CustomerOrder",
    "EmailChange",
    "Employee",
    "ErpUser",
    "FactorChallenge",
    "FactorConfirmation",
    "HandoverState",
    "Invitation",
    "Language",
    "Letter",
    "Licence",
    "LicenceKind",
    "Operator",
    "OrderState",
    "Proposal",
    "ProposalState",
    "RightsNotice",
    "Role",
    "RoleGrant",
    "SalaryAccess",
    "Service",
    "ServiceInUse",
    "Severity",
    "SigningKey",
    "TermsAcceptance",
    "TermsOfService",
    "TotpStep",
    "User",
    "WaitingGrant",
]

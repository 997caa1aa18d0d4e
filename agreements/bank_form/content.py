"""What stands on the bank's form. Norwegian whatever the reader's language: it is the bank that reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import override

from agreements.kid import rule_of
from agreements.models import Agreement, BankApproval, ContactKind, Kind, Notify
from autopay_portal.core.display import show_account, show_day, show_org_number
from bank_gateway.norway.accounts import iban_of
from bank_gateway.profiles import BankProfile, OrganisationId, get_profile

# Counted up when what the form asks for changes, so that bank and company speak of the same paper.
VERSION = "1.0"
NOT_THE_BANKS_OWN = (
    "Skjemaet er laget av AutoPay og er ikke bankens eget skjema. Banken kan be om at opplysningene gis på "
    "bankens skjema i stedet."
)
_BLANK = "\u00a0"
_DIRECTION = {Kind.REMITTANCE: "utbetaling (remittering)", Kind.INCOMING: "innbetaling (OCR giro)"}
_CODES = {Kind.REMITTANCE: "UT", Kind.INCOMING: "INN"}


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the form: its name and what is filled in; empty where bank or signatory writes."""

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of the form, head first."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part: fields, things ordered (ticked or not), a table, and what is said in words."""

    title: str
    rows: Sequence[Row] = ()
    ticks: Sequence[tuple[bool, str]] = ()
    grid: Grid | None = None
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole form."""

    title: str
    subtitle: str
    sender: Sequence[str]
    receiver: Sequence[str]
    sections: Sequence[Section]
    signing: str
    signatures: int
    foot: str
    keywords: Sequence[str] = field(default_factory=tuple)


def contents_of(agreement: Agreement, *, on: date) -> Contents:
    """Return what stands on the form of an agreement that is printed on a day."""
    with override("nb"):
        return _contents(agreement, on)


def _contents(agreement: Agreement, on: date) -> Contents:
    profile, kind = get_profile(agreement.bank), Kind(agreement.kind)
    company = agreement.owner
    code = f"AP-{agreement.bank.upper()}-{_CODES[kind]}"
    moved = "Overføring av direkte avtale" if agreement.transfers_direct else "Ny avtale"
    parts = [_party(agreement), _account(agreement, profile)]
    if agreement.transfers_direct:
        parts.append(_transfer(agreement))
    parts += _remittance(agreement, profile) if kind == Kind.REMITTANCE else _incoming(agreement, profile)
    parts.append(_contacts(agreement))
    return Contents(
        title=f"Avtale om {_DIRECTION[kind]}",
        subtitle=f"{moved} gjennom AutoPay",
        sender=(
            company.name,
            f"Org.nr. {show_org_number(company.org_number)}",
            company.address,
            f"{company.postcode} {company.town}",
        ),
        receiver=(profile.name, "Bedriftskundeservice, betalingsavtaler"),
        sections=parts,
        signing=(
            f"{company.name} bestiller med dette tjenestene ovenfor og bekrefter at opplysningene er riktige. Den "
            "eller de som signerer, har fullmakt til å inngå avtalen for bedriften."
        ),
        signatures=2,
        foot=f"Skjema {code}, versjon {VERSION} · Avtale nr. {agreement.number} · Utskrevet {show_day(on)}",
        keywords=(code, VERSION, company.org_number, agreement.account),
    )


def _party(agreement: Agreement) -> Section:
    company = agreement.owner
    return Section(
        title="Avtaleparter",
        rows=(
            Row("Kontohaver", company.name),
            Row("Organisasjonsnummer", show_org_number(company.org_number)),
            Row("Adresse", f"{company.address}, {company.postcode} {company.town}"),
            Row("Regnskapsfører", company.customer.name),
            Row("Kundenummer i banken", agreement.customer_id),
            Row("Avtalenummer i AutoPay", str(agreement.number)),
        ),
    )


def _account(agreement: Agreement, profile: BankProfile) -> Section:
    rows = [
        Row("Kontonummer", show_account(agreement.account)),
        Row("IBAN", show_account(iban_of(agreement.account))),
        Row("BIC", profile.bic),
        Row("Valuta", agreement.currency),
        Row("Bankens avtale-ID", agreement.bank_agreement_id),
    ]
    if OrganisationId.DIVISION in profile.organisation_ids:
        rows.append(Row("Divisjon for filoverføring", agreement.division))
    return Section(title="Konto", rows=tuple(rows))


def _transfer(agreement: Agreement) -> Section:
    conversion = getattr(agreement, "conversion", None)
    switch = show_day(conversion.switch_date) if conversion else ""
    return Section(
        title="Avtalen som overføres",
        rows=(Row("Eksisterende avtale-ID i banken", agreement.bank_agreement_id), Row("Overføres fra dato", switch)),
        words=(
            "Den direkte avtalen med kontohaver avsluttes fra samme dato. Oppdrag med forfall før datoen utføres etter "
            "den gamle avtalen, og returdata for dem leveres til kontohaver som før.",
        ),
    )


def _remittance(agreement: Agreement, profile: BankProfile) -> list[Section]:
    return [
        Section(
            title="Tjenester som bestilles",
            ticks=(
                (True, f"Innsending av betalingsoppdrag, pain.001.001.{profile.pain001_version}"),
                (True, f"Kvitteringer på oppdrag, pain.002.001.{profile.pain002_version}"),
                (True, f"Avregningsretur med bokførte debiteringer, camt.054.001.{profile.camt054_version}"),
                (False, "Kontoutskrift, camt.053"),
            ),
            words=("Filer sendes og hentes av AutoPay på egen SFTP-linje med nøkkelpar. " + _CHANNEL,),
        ),
        _approval(agreement),
    ]


_CHANNEL = "Bankens vertsnøkkel og brukernavn oppgis til AutoPay-sentralen når linjen opprettes."


def _approval(agreement: Agreement) -> Section:
    in_accounts = agreement.bank_approval == BankApproval.RGB
    words = []
    if agreement.approvers_required == 0:
        words.append("Ingen godkjenner i AutoPay. Hvert oppdrag godkjennes i nettbanken før det utføres.")
    elif in_accounts:
        words.append(
            "Oppdragene er regnskapsgodkjente: filen navngir hver godkjenner, som er identifisert og har fullmakt på "
            "kontoen. Banken utfører dem uten ny godkjenning i nettbanken."
        )
    else:
        words.append("Oppdragene godkjennes i AutoPay og i tillegg i nettbanken etter kontohavers fullmakter der.")
    return Section(
        title="Godkjenning",
        rows=(Row("Antall godkjennere i AutoPay", str(agreement.approvers_required)),),
        ticks=(
            (in_accounts, "Regnskapsgodkjente betalinger, uten ny godkjenning i nettbanken"),
            (not in_accounts, "Godkjenning i nettbanken"),
        ),
        words=tuple(words),
    )


def _incoming(agreement: Agreement, profile: BankProfile) -> list[Section]:
    ocr = agreement.notify == Notify.OCR
    services = Section(
        title="Tjenester som bestilles",
        ticks=(
            (ocr, "OCR giro, fil med innbetalinger med KID, daglig endelig oppgjør"),
            (not ocr, f"Innbetalinger i camt.054.001.{profile.camt054_version}, kredit"),
            (False, "Kontoutskrift, camt.053"),
        ),
        words=(
            *(
                ("Avtalen om OCR giro registreres gjennom banken hos bankenes felles betalingssentral.",)
                if ocr and agreement.bank != "dnb"
                else ()
            ),
            "Filer hentes av AutoPay på egen SFTP-linje med nøkkelpar. " + _CHANNEL,
        ),
    )
    sections = [services]
    if ocr:
        receiver = (Row("Datamottakers kundeenhet-ID"), Row("Avtale-ID for OCR giro"))
        sections.append(Section(title="Datamottaker", rows=(Row("Datamottaker", "AutoPay"), *receiver)))
    return [*sections, _kid(agreement)]


def _kid(agreement: Agreement) -> Section:
    rules = [rule_of(each) for each in agreement.kid_definitions.order_by("slot")]
    if not rules:
        return Section(
            title="KID", words=("Ingen KID-definisjoner. Banken avviser ingen innbetaling på grunn av KID.",)
        )
    rows = [
        (
            str(number),
            str(rule.length),
            rule.modulus.upper(),
            _span(rule.customer),
            _span(rule.invoice),
        )
        for number, rule in enumerate(rules, start=1)
    ]
    return Section(
        title="KID-definisjoner",
        grid=Grid(("Nr.", "Antall tegn", "Kontrollsiffer", "Kundenummer i posisjon", "Fakturanummer i posisjon"), rows),
        words=(
            "Innbetalinger uten KID eller med ugyldig KID avvises på innbetalingskanaler der banken kan kreve det.",
        ),
    )


def _span(positions: tuple[int, int] | None) -> str:
    return f"{positions[0]}–{positions[1]}" if positions else "–"


def _contacts(agreement: Agreement) -> Section:
    found = agreement.contacts.filter(kind=ContactKind.REJECTS).order_by("email").values_list("email", flat=True)
    return Section(
        title="Kontakt",
        rows=(
            Row("Kontakt hos kontohaver", ", ".join(found)),
            Row("Bekreftelse sendes til", "AutoPay-sentralen og kontaktene ovenfor"),
        ),
    )

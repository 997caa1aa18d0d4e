"""What the command says, in Norwegian and English."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

LANGUAGES = ("nb", "en")

# code: (nb, en), with {named} places.
_TEXTS: dict[str, tuple[str, str]] = {
    # How it is used
    "about": (
        "ERP-ens side av AutoPay: send remitteringer, følg dem, hent bunter som er klare til oppdatering.",
        "The ERP's side of AutoPay: send remittances, follow them, fetch batches that are ready to post.",
    ),
    "about_setup_check": (
        "Sjekk at nøkkel, bruker, lisens og avtaler er på plass",
        "Check that key, user, licence and agreements are in place",
    ),
    "about_send": ("Send en remittering (pain.001 eller JSON)", "Send a remittance (pain.001 or JSON)"),
    "about_status": ("Vis en remittering og betalingene i den", "Show a remittance and its payments"),
    "about_fetch": (
        "Hent bunter som er klare til oppdatering, som filer",
        "Fetch the batches that are ready to post, as files",
    ),
    "about_messages": ("Vis meldingsstrømmen", "Show the message feed"),
    "about_connector": (
        "En utboks-mappe inn, en innboks-mappe ut (ikke bygget ennå)",
        "An outbox folder in, an inbox folder out (not built yet)",
    ),
    "commands": ("kommandoer", "commands"),
    "command": ("KOMMANDO", "COMMAND"),
    "options": ("valg", "options"),
    "arguments": ("argumenter", "arguments"),
    "help_help": ("vis denne hjelpen", "show this help"),
    "help_version": ("vis versjonen", "show the version"),
    "help_profile": ("bruk ~/.config/autopay/NAME.toml", "use ~/.config/autopay/NAME.toml"),
    "help_sandbox": ("bruk en sandkasse som kjører", "use a running sandbox"),
    "help_company": ("velg firmaet med dette organisasjonsnummeret", "pick the company with this organisation number"),
    "help_lang": ("språk: nb eller en (ellers etter LANG)", "language: nb or en (else by LANG)"),
    "help_file": ("filen som skal sendes", "the file to send"),
    "help_dry_run": ("bare sjekk filen; ingenting lagres", "only check the file; nothing is stored"),
    "help_remittance": ("remitteringens id", "the remittance's id"),
    "help_follow_status": ("følg med til alle betalinger er ferdige", "follow until every payment is final"),
    "help_follow_messages": ("vent på nye meldinger til Ctrl-C", "wait for new messages until Ctrl-C"),
    "help_after": (
        "vis meldinger etter dette nummeret (ellers etter det siste som er kvittert)",
        "show messages after this number (else after the last acknowledged)",
    ),
    "help_to": ("mappen filene skrives i", "the folder to write the files in"),
    "help_format": ("eksportformat: gbat10, json ... (gbat10)", "export format: gbat10, json ... (gbat10)"),
    "help_ack": (
        "meld buntene oppdatert; uten dette blir de stående klare",
        "report the batches posted; without this they stay ready",
    ),
    "exit_codes": (
        "Sluttkode: 0 ferdig, 1 avvist av serveren, 2 feil bruk eller ingen forbindelse, 130 avbrutt.",
        "Exit code: 0 done, 1 refused by the server, 2 wrong usage or no connection, 130 interrupted.",
    ),
    "wrong_usage": ("Feil bruk: {reason}", "Wrong usage: {reason}"),
    "not_built": ("«autopay connector» er ikke bygget ennå.", "`autopay connector` is not built yet."),
    # Who calls
    "profile_name_invalid": (
        "«{name}» er ikke et profilnavn: bokstaver, tall, punktum, bindestrek og understrek.",
        "`{name}` is no name of a profile: letters, digits, full stop, hyphen and underscore.",
    ),
    "profile_missing": ("Profilen {path} finnes ikke.", "There is no profile {path}."),
    "profile_needed": (
        "Hvem ringer? Bruk --sandbox for en sandkasse, --profile NAME, eller lag {path} med portal, user, org_number,"
        " key_id og secret.",
        "Who is calling? Use --sandbox for a sandbox, --profile NAME, or make {path} with portal, user, org_number,"
        " key_id and secret.",
    ),
    "profile_unreadable": ("Profilen {path} kan ikke leses: {reason}", "The profile {path} can't be read: {reason}"),
    "profile_lacks": ("Profilen {path} mangler «{name}».", "The profile {path} lacks `{name}`."),
    "profile_open": (
        "Profilen {path} kan leses av andre på maskinen, og hemmeligheten med den: chmod 600 {path}",
        "Others on this machine can read the profile {path} and the secret in it: chmod 600 {path}",
    ),
    "address_invalid": (
        "Profilen har ingen gyldig portaladresse: {portal}",
        "The profile has no valid portal address: {portal}",
    ),
    "company_needed": (
        "Profilen har flere firmaer; velg ett med --company: {companies}",
        "The profile has several companies; pick one with --company: {companies}",
    ),
    "company_unknown": (
        "Fant ikke firmaet {company}. Kjente: {companies}",
        "There is no company {company}. Known: {companies}",
    ),
    "company_first": (
        "{name} ({org_number}) er valgt; velg et annet firma med --company: {others}",
        "Using {name} ({org_number}); pick another company with --company: {others}",
    ),
    "sandbox_missing": (
        "Ingen sandkasse kjører her: start den med «make run». (Lette etter {places}.)",
        "No sandbox is running here: start it with `make run`. (Looked for {places}.)",
    ),
    "sandbox_unreadable": ("{path} kan ikke leses: {reason}", "{path} can't be read: {reason}"),
    # What went wrong
    "unreachable": (
        "Ingen forbindelse med {url}: {reason}",
        "No connection to {url}: {reason}",
    ),
    "unreachable_send": (
        "Det er ikke sikkert om filen kom frem. Send den samme filen igjen: ingenting sendes to ganger.",
        "Whether the file arrived is unknown. Send the same file again: nothing is sent twice.",
    ),
    "interrupted": ("Avbrutt.", "Interrupted."),
    "interrupted_send": (
        "Avbrutt. Det er ikke sikkert om filen kom frem. Send den samme filen igjen: ingenting sendes to ganger.",
        "Interrupted. Whether the file arrived is unknown. Send the same file again: nothing is sent twice.",
    ),
    "refused": ("Avvist ({status} {code})", "Refused ({status} {code})"),
    "refused_bare": ("Avvist ({status})", "Refused ({status})"),
    "not_autopay": (
        "Svaret kom ikke fra AutoPay, eller serveren feilet. Prøv igjen om litt, og se i serverens logg.",
        "The answer wasn't AutoPay's, or the server failed. Try again in a while, and look in the server's log.",
    ),
    "retry_after": ("Prøv igjen om {seconds} sekunder.", "Try again in {seconds} seconds."),
    "one_error": ("1 feil:", "1 error:"),
    "errors": ("{count} feil:", "{count} errors:"),
    "errors_shown": ("Viser {shown} av {count} feil.", "Showing {shown} of {count} errors."),
    "errors_rest": (
        "Alle som serveren listet: samme kommando med «2>&1 | less».",
        "All that the server listed: the same command with `2>&1 | less`.",
    ),
    "line": ("Linje", "Line"),
    "end_to_end_id": ("Egen referanse", "End-to-end id"),
    "what": ("Hva er galt", "What is wrong"),
    "reason": ("Hvorfor", "Why"),
    "file_unreadable": ("{path} kan ikke leses: {reason}", "{path} can't be read: {reason}"),
    "order_empty": ("{path} er tom.", "{path} is empty."),
    "order_unknown": (
        "{path} er verken XML eller JSON (i UTF-8 eller ISO-8859-1).",
        "{path} is neither XML nor JSON (in UTF-8 or ISO-8859-1).",
    ),
    # Sending
    "sending": ("Sender", "Sending"),
    "checking": ("Serveren sjekker", "The server checks"),
    "received": ("Mottatt: {payments}, {total}", "Received: {payments}, {total}"),
    "received_before": (
        "Mottatt fra før, ingenting nytt er lagret: {payments}, {total}",
        "Received already, nothing new was stored: {payments}, {total}",
    ),
    "valid": (
        "Filen er gyldig: {payments}, {total}. Ingenting er lagret.",
        "The file is valid: {payments}, {total}. Nothing was stored.",
    ),
    "one_payment": ("1 betaling", "1 payment"),
    "payments": ("{count} betalinger", "{count} payments"),
    "remittance": ("Remittering", "Remittance"),
    "message_id": ("Meldings-id", "Message id"),
    "status": ("Status", "Status"),
    "approvals": ("Godkjenninger", "Approvals"),
    "approvals_given": ("{given} av {required}", "{given} of {required}"),
    "created": ("Mottatt", "Received"),
    "follow_it": ("Følg den: {command}", "Follow it: {command}"),
    "warning": ("Merk", "Note"),
    "warnings_more": ("... og {count} merknader til", "... and {count} more notes"),
    "suspected": (
        "Kan være sendt før: {count}. Se dem i portalen før noen godkjenner.",
        "May have been sent before: {count}. Look at them in the portal before anyone approves.",
    ),
    "suspected_one": (
        "  betaling {payment} ligner {earlier_payment} i remittering {earlier_remittance}",
        "  payment {payment} looks like {earlier_payment} in remittance {earlier_remittance}",
    ),
    "suspected_lost": (
        "  betaling {payment} ligner {earlier_end_to_end_id}, sendt i bankens fil {earlier_bank_message}",
        "  payment {payment} looks like {earlier_end_to_end_id}, sent in the bank's file {earlier_bank_message}",
    ),
    "suspected_held": (
        "Med en avtale uten godkjennere venter den i portalen til noen frigir den, om ikke avtalen sier noe annet.",
        "On an agreement without approvers it waits until someone releases it, unless the agreement says otherwise.",
    ),
    "duplicate_other": (
        "Meldings-id-en er brukt for en annen remittering: {remittance}. Denne filen er IKKE mottatt; gi den en ny"
        " meldings-id.",
        "The message id was used for another remittance: {remittance}. This file was NOT received; give it a new"
        " message id.",
    ),
    "duplicate_unknown": (
        "Meldings-id-en eller de samme bytene er mottatt før: {remittance}. Sammenlign før du sender på nytt.",
        "The message id or the same bytes were received before: {remittance}. Compare before you send anew.",
    ),
    # Following
    "amount": ("Beløp", "Amount"),
    "bank_date": ("Dato", "Date"),
    "creditor": ("Mottaker", "Payee"),
    "more_payments": (
        "... og {count} til; alle: samme kommando uten --follow med «| less»",
        "... and {count} more; all: the same command without --follow and with `| less`",
    ),
    "salary_hidden": (
        "Lønn vises ikke enkeltvis: {count} betalinger.",
        "Salary isn't shown one by one: {count} payments.",
    ),
    "waiting": ("Venter på nytt. Ctrl-C stopper.", "Waiting for news. Ctrl-C stops."),
    "lost": (
        "Ingen forbindelse ({reason}). Prøver igjen i inntil {seconds} sekunder.",
        "No connection ({reason}). Trying again for up to {seconds} seconds.",
    ),
    "polling": (
        "Brukeren kan ikke følge meldingsstrømmen; spør hvert {seconds}. sekund i stedet.",
        "The user can't follow the message feed; asking every {seconds} seconds instead.",
    ),
    "all_final": ("Alle betalinger er ferdige.", "Every payment is final."),
    # Set-up
    "setup_ok": ("Alt er på plass.", "Everything is in place."),
    "setup_lacks": ("{count} ting mangler.", "{count} things are missing."),
    "check_signature": ("Signatur", "Signature"),
    "check_user": ("Bruker", "User"),
    "check_role": ("Rolle", "Role"),
    "check_licence": ("Lisens", "Licence"),
    "check_terms": ("Vilkår", "Terms"),
    "check_service": ("Tjeneste", "Service"),
    "check_agreements": ("Avtaler", "Agreements"),
    "check_bank_line": ("Linje til bank", "Line to the bank"),
    # Fetching
    "nothing_ready": ("Ingen bunter er klare til oppdatering.", "No batches are ready to post."),
    "fetched": ("skrevet", "written"),
    "fetched_before": ("fantes fra før", "was there already"),
    "posted": ("meldt oppdatert", "reported posted"),
    "one_line": ("1 linje", "1 line"),
    "lines": ("{count} linjer", "{count} lines"),
    "still_ready": (
        "Buntene står fortsatt klare. Med --ack meldes de oppdatert.",
        "The batches are still ready. With --ack they are reported posted.",
    ),
    "batch_refused": ("Bunt {number} er ikke hentet.", "Batch {number} was not fetched."),
    "try_json": (
        "--format json henter bunten som den er.",
        "--format json fetches the batch as it is.",
    ),
    "another_file": (
        "{path} finnes med annet innhold og røres ikke. Er mappen brukt for et annet firma?",
        "{path} is there with other content and isn't touched. Is the folder used for another company?",
    ),
    "unwritable": ("Kan ikke skrive i {path}: {reason}", "Can't write in {path}: {reason}"),
    "damaged": (
        "Filen kom ikke hel frem ({reason}). Ingenting er skrevet. Prøv igjen.",
        "The file didn't arrive whole ({reason}). Nothing was written. Try again.",
    ),
    # Messages
    "no_messages": ("Ingen nye meldinger etter nr. {after}.", "No new messages after no. {after}."),
    "message_ledger": (
        "bunt {number} ({kind}) er klar: {lines}, {total}",
        "batch {number} ({kind}) is ready: {lines}, {total}",
    ),
    "message_incoming": (
        "{payments} inn på {account}, {total}",
        "{payments} into {account}, {total}",
    ),
    "message_statement": ("kontoutskrift for {account}, {date}", "statement of {account}, {date}"),
    "message_agreement": ("avtale {number}: {status}", "agreement {number}: {status}"),
    "kind_outgoing": ("utbetaling", "outgoing"),
    "kind_incoming": ("innbetaling", "incoming"),
}

_STATUS_NB = {
    "received": "mottatt",
    "awaiting_approval": "venter på godkjenning",
    "approved": "godkjent",
    "sent": "sendt til bank",
    "received_by_bank": "mottatt av bank",
    "accepted": "i forfallsregister",
    "pending": "venter i bank",
    "in_doubt": "uavklart",
    "paid": "betalt",
    "rejected_by_autopay": "avvist av AutoPay",
    "rejected_by_bank": "avvist av bank",
    "cancelled": "kansellert",
    "stop_requested": "stopp bedt om",
    "stopped": "stoppet",
    "returned": "returnert",
    "completed": "fullført",
    "partly_rejected": "delvis avvist",
    "rejected": "avvist",
    "draft": "utkast",
    "ordered": "bestilt",
    "sent_to_bank": "sendt bank",
    "confirmed_by_bank": "bekreftet av bank",
    "active": "aktiv",
    "refused_by_bank": "avvist av bank",
    "closed": "avsluttet",
}
_STATUS_EN = {
    "accepted": "in due register",
    "sent": "sent to bank",
    "rejected_by_autopay": "rejected by AutoPay",
}


class Texts:
    """The command's words in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, code: str, /, **params: object) -> str:
        """Return the text of a code, filled in."""
        return _TEXTS[code][self._place].format(**params)

    def known(self, code: str, otherwise: str) -> str:
        """Return the text of a code, or `otherwise` where a newer server names one we don't have."""
        return self(code) if code in _TEXTS else otherwise

    def status(self, code: str) -> str:
        """Return a state's name for people."""
        names = _STATUS_NB if self.language == "nb" else _STATUS_EN
        return names.get(code) or code.replace("_", " ")

    def count(self, one: str, many: str, count: int) -> str:
        """Return `1 payment` or `7 payments`."""
        return self(one) if count == 1 else self(many, count=count)

    def payments(self, count: int) -> str:
        """Return how many payments."""
        return self.count("one_payment", "payments", count)

    def money(self, amount: str, currency: str) -> str:
        """Return an amount as people of the language write it: thin groups, decimal comma in Norwegian."""
        try:
            grouped = f"{Decimal(amount):,f}".replace(",", "\u00a0")
        except InvalidOperation:
            grouped = amount
        return f"{grouped.replace('.', ',') if self.language == 'nb' else grouped}\u00a0{currency}"

    def detail(self, item: Mapping[str, object]) -> str:
        """Return the words the server gave a fault or a warning: in our language, else any, else its code."""
        for name in (f"detail_{self.language}", "detail", "detail_nb", "detail_en", "title", "code"):
            if text := item.get(name):
                return str(text)
        return ""


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language that a shell's environment asks for: English where it says so, else Norwegian."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "en" if value.lower().startswith("en") else "nb"
    return "nb"

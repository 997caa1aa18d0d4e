"""What the relay keeps: lines to banks, files out and in, what was seen before, what nobody took, and pauses."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Connection(models.Model):
    """One company's SFTP line to one bank; the bank's host key is pinned, our private key is encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    bank = models.CharField(max_length=30)
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    username = models.CharField(max_length=64)
    private_key = models.BinaryField()
    # One line of OpenSSH's public key format; nothing else that the server shows is trusted.
    host_key = models.TextField()
    # While keys change: the bank's new one, trusted beside the old; and ours, not used before the bank lets it in.
    next_host_key = models.TextField(blank=True)
    next_private_key = models.BinaryField(null=True)
    next_public_key = models.TextField(blank=True)
    key_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_heard_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    # PostgreSQL's clock; who fetches holds the line until then.
    fetch_lease_until = models.DateTimeField(null=True)
    next_fetch_at = models.DateTimeField(null=True)
    # Set by a restore: files that were fetched since the backup lie in the bank's archive, and are forgotten here.
    archive_unread = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("company", "bank"), name="connection_one_per_company_and_bank"),
            models.CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="connection_port_possible"),
        )

    def __str__(self) -> str:
        return f"{self.bank} {self.username}@{self.host}:{self.port}"


class OutgoingState(models.TextChoices):
    """Where a file to the bank stands. `renaming` is the one moment after which only evidence tells."""

    QUEUED = "queued", _("queued")
    UPLOADING = "uploading", _("uploading")
    RENAMING = "renaming", _("being delivered")
    SENT = "sent", _("sent to bank")
    IN_DOUBT = "in_doubt", _("in doubt")
    ANSWERED = "answered", _("answered by bank")
    REJECTED = "rejected", _("rejected by bank")
    WITHDRAWN = "withdrawn", _("withdrawn")


class OutgoingFile(models.Model):
    """A file to the bank, its bytes and the bank's message id fixed for ever when it was queued."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="outgoing_files")
    # What it is about, known only to the room that queued it.
    subject_kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    generation = models.PositiveIntegerField()
    # The agreement by which an operator may pause it; opaque here too.
    agreement_id = models.UUIDField(null=True)
    bank_message_id = models.CharField(max_length=35)
    # What the order behind it is called for ever, the same if a restored database gets that order again; opaque.
    order_key = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    path = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=OutgoingState.choices, default=OutgoingState.QUEUED)
    # The fence: each claim counts it up, and a worker with an older number changes nothing.
    attempt = models.PositiveIntegerField(default=0)
    # How often a delivery under the final name was tried: above one, the bank may have two copies.
    renames = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    next_attempt_at = models.DateTimeField(null=True)
    hinted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Business time, for "waits since".
    queued_business_at = models.DateTimeField(null=True)
    renaming_at = models.DateTimeField(null=True)
    # Business time of the first delivery that was tried: what the bank's duplicate control is counted from.
    first_renaming_business_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # Business time: what the bank's answer time is counted from.
    sent_business_at = models.DateTimeField(null=True)
    in_doubt_at = models.DateTimeField(null=True)
    in_doubt_business_at = models.DateTimeField(null=True)
    examined_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    no_answer_alarm_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("connection", "bank_message_id"), name="outgoing_message_id_unique"),
            models.UniqueConstraint(fields=("connection", "name"), name="outgoing_name_unique"),
            models.UniqueConstraint(fields=("subject_kind", "subject_id", "generation"), name="outgoing_generation"),
            models.CheckConstraint(condition=Q(state__in=OutgoingState.values), name="outgoing_state_known"),
            models.CheckConstraint(condition=Q(size__gt=0), name="outgoing_size_positive"),
            models.CheckConstraint(condition=Q(renames__lte=F("attempt")), name="outgoing_renames_within_attempts"),
        )
        indexes = (
            models.Index(
                fields=("state", "next_attempt_at"),
                name="outgoing_unfinished",
                condition=Q(state__in=("queued", "uploading", "renaming", "in_doubt")),
            ),
            models.Index(
                fields=("sent_business_at",),
                name="outgoing_unanswered",
                condition=Q(state="sent", no_answer_alarm_at=None),
            ),
            models.Index(fields=("created_at",), name="outgoing_newest"),
        )

    def __str__(self) -> str:
        return self.name

    def part_name(self, attempt: int) -> str:
        """Return the name that this attempt uploads under; every attempt has its own."""
        return f"{self.name}.{attempt}.part"


class IncomingState(models.TextChoices):
    """Where a file from the bank stands."""

    STORED = "stored", _("stored")
    APPLIED = "applied", _("applied")
    REPEAT = "repeat", _("repeat of an earlier file")
    QUARANTINED = "quarantined", _("in quarantine")
    SET_ASIDE = "set_aside", _("set aside")


class IncomingFile(models.Model):
    """A file from the bank, known by its content; its name is only what the bank called it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="incoming_files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    path = models.CharField(max_length=255)
    message_type = models.CharField(max_length=20, blank=True)
    message_id = models.CharField(max_length=70, blank=True)
    state = models.CharField(max_length=12, choices=IncomingState.choices, default=IncomingState.STORED)
    repeat_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    errors = models.JSONField(default=list)
    # Counted before the work, since a file that kills its worker would be tried for ever.
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    hinted_at = models.DateTimeField(null=True)
    row_count = models.PositiveIntegerField(null=True)
    transaction_count = models.PositiveIntegerField(null=True)
    stored_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)
    # Fetched a second time, from the bank's archive after a restore: what it caused the first time is forgotten here,
    # and not by the ERP.
    recovered = models.BooleanField(default=False)
    applied_at = models.DateTimeField(null=True)
    # Who set a file in quarantine aside, and why: nothing of it is ever applied unless he takes that back.
    set_aside_at = models.DateTimeField(null=True)
    set_aside_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "sha256"), name="incoming_content_once", condition=~Q(state="repeat")
            ),
            models.CheckConstraint(condition=Q(state__in=IncomingState.values), name="incoming_state_known"),
            models.CheckConstraint(
                condition=Q(state="repeat", repeat_of__isnull=False) | (~Q(state="repeat") & Q(repeat_of=None)),
                name="incoming_repeat_names_first",
            ),
            models.CheckConstraint(
                condition=~Q(state="set_aside") | (Q(set_aside_at__isnull=False) & ~Q(note="")),
                name="incoming_set_aside_says_why",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_attempt_at",),
                name="incoming_unfinished",
                condition=Q(state__in=("stored", "quarantined")),
            ),
            models.Index(fields=("stored_at",), name="incoming_newest"),
        )

    def __str__(self) -> str:
        return self.name


class Sighting(models.Model):
    """How a file at the bank looked last time: it's read only when size and time stood still since."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    modified = models.BigIntegerField()
    # Machine time by PostgreSQL's clock, since when it has looked like this.
    since_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("connection", "name"), name="sighting_once_per_name"),)

    def __str__(self) -> str:
        return self.name


class SeenNotification(models.Model):
    """A notification that was applied once: the same id for account and period is a repeat."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank = models.CharField(max_length=30)
    account = models.CharField(max_length=34)
    notification_id = models.CharField(max_length=70)
    period = models.CharField(max_length=80)
    source = models.CharField(max_length=10)
    file = models.ForeignKey(IncomingFile, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("bank", "account", "source", "notification_id", "period"), name="notification_applied_once"
            ),
        )

    def __str__(self) -> str:
        return self.notification_id


class SeenEntry(models.Model):
    """A bank's entry as it came, booked or not: another notification with the same is held until a person decides.

    Entries that aren't booked (PDNG, INFO) are kept here and nowhere else; the booked one that follows is the booking.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank = models.CharField(max_length=30)
    account = models.CharField(max_length=34)
    fingerprint = models.CharField(max_length=64)
    status = models.CharField(max_length=4)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    direction = models.CharField(max_length=4)
    booking_date = models.DateField(null=True)
    file = models.ForeignKey(IncomingFile, on_delete=models.PROTECT, related_name="+")
    entry = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("file", "entry"), name="entry_seen_once_per_file"),)
        indexes = (models.Index(fields=("fingerprint",), name="entry_fingerprint"),)

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"


class DeviationKind(models.TextChoices):
    """Why a part of a bank's file waits for a person."""

    UNKNOWN_ACCOUNT = "unknown_account", _("unknown account")
    POSSIBLE_REPEAT = "possible_repeat", _("possible repeat")
    REPEATED_NOTIFICATION = "repeated_notification", _("repeated notification")
    UNKNOWN_MESSAGE = "unknown_message", _("answer to an unknown file")
    UNCLAIMED = "unclaimed", _("claimed by nobody")
    OTHER_SERVICE = "other_service", _("another service in the same file")


class DeviationState(models.TextChoices):
    """Where a deviation stands."""

    OPEN = "open", _("open")
    RELEASED = "released", _("released")
    CLOSED = "closed", _("closed")


class Deviation(models.Model):
    """A part of a bank's file that wasn't applied: kept with where it lies, shown to operators, never lost."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30, choices=DeviationKind.choices)
    state = models.CharField(max_length=10, choices=DeviationState.choices, default=DeviationState.OPEN)
    file = models.ForeignKey(IncomingFile, on_delete=models.PROTECT, related_name="deviations")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="+")
    # Where in the file: a notification, an entry, a transaction or a status row; null where it's about more.
    notification = models.PositiveIntegerField(null=True)
    entry = models.PositiveIntegerField(null=True)
    transaction = models.PositiveIntegerField(null=True)
    status_row = models.PositiveIntegerField(null=True)
    line = models.PositiveIntegerField(null=True)
    account = models.CharField(max_length=34, blank=True)
    amount = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    direction = models.CharField(max_length=4, blank=True)
    booking_date = models.DateField(null=True)
    reference = models.CharField(max_length=140, blank=True)
    # Why nobody took it, in the code of the room that knows, and what is known of it: never a payee, nor a salary.
    reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    details = models.JSONField(default=dict, db_default={})
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=DeviationKind.values), name="deviation_kind_known"),
            models.CheckConstraint(condition=Q(state__in=DeviationState.values), name="deviation_state_known"),
        )
        indexes = (models.Index(fields=("created_at",), name="deviation_open", condition=Q(state="open")),)

    def __str__(self) -> str:
        return f"{self.kind} {self.account}"


class PauseScope(models.TextChoices):
    """What a pause of outgoing files covers."""

    WHOLE = "whole", _("everything")
    BANK = "bank", _("one bank")
    COMPANY = "company", _("one company")
    AGREEMENT = "agreement", _("one agreement")


class Pause(models.Model):
    """A stop of outgoing files, laid by an operator or by the relay after a restore, until somebody lifts it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=10, choices=PauseScope.choices)
    bank = models.CharField(max_length=30, blank=True)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="+")
    agreement_id = models.UUIDField(null=True)
    reason = models.TextField()
    laid_at = models.DateTimeField(auto_now_add=True)
    # Business time: what people read as "on hold since".
    since_at = models.DateTimeField(null=True)
    laid_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # Set when a restored database caused it: how far the channel journal had come; what lies before is accounted for.
    journal_offset = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("scope", "bank", "company", "agreement_id"),
                name="pause_active_once",
                condition=Q(lifted_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(scope="whole", bank="", company=None, agreement_id=None)
                | (Q(scope="bank", company=None, agreement_id=None) & ~Q(bank=""))
                | Q(scope="company", bank="", company__isnull=False, agreement_id=None)
                | Q(scope="agreement", bank="", company=None, agreement_id__isnull=False),
                name="pause_names_its_scope",
            ),
        )
        indexes = (models.Index(fields=("scope",), name="pause_active", condition=Q(lifted_at=None)),)

    def __str__(self) -> str:
        return self.scope


class ForgottenUpload(models.Model):
    """An upload that the channel journal knows and a restored database forgot.

    Neither its message id nor another file of its order is sent until it's shown that the upload never left.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank = models.CharField(max_length=30)
    # The database may have forgotten the company too.
    company_id = models.UUIDField(null=True)
    bank_message_id = models.CharField(max_length=35)
    order_key = models.CharField(max_length=64, blank=True)
    generation = models.PositiveIntegerField(default=0)
    outgoing_id = models.UUIDField()
    attempt = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    found_at = models.DateTimeField(auto_now_add=True)
    # Since when it holds nothing back: it was proved, or decided by operators, that the upload never left.
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("outgoing_id", "attempt"), name="forgotten_upload_once"),)
        indexes = (
            models.Index(fields=("bank", "bank_message_id"), name="forgotten_upload_message"),
            models.Index(fields=("bank", "order_key"), name="forgotten_upload_order"),
        )

    def __str__(self) -> str:
        return self.bank_message_id

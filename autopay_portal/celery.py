"""The Celery application. Tasks carry ids and hints only: lose the whole broker and a sweep finds the work."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autopay_portal.settings")

# By the scheme of the address, which may also name a socket: kombu has no setting for that.
TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "autopay_portal.broker:Transport"))
app = Celery("autopay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    timezone="UTC",
    enable_utc=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    # Above the longest task: a shorter one runs a long task several times at once. The sweep recovers quickly.
    broker_transport_options={
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    },
    broker_connection_retry_on_startup=True,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    task_soft_time_limit=840,
    task_time_limit=900,
    task_default_queue="release",
    task_serializer="json",
    accept_content=["json"],
    task_publish_retry=False,
)
app.autodiscover_tasks()

QUEUES = ("release", "bank_out", "bank_in", "deliver", "mail")
app.conf.task_routes = {
    "bank_gateway.send_outgoing": {"queue": "bank_out"},
    "bank_gateway.sweep": {"queue": "bank_out"},
    "bank_gateway.fetch_due": {"queue": "bank_in"},
    "bank_gateway.fetch_connection": {"queue": "bank_in"},
    "bank_gateway.apply_incoming": {"queue": "bank_in"},
    "bank_gateway.take_kept_answers": {"queue": "bank_in"},
    "remittance.advance": {"queue": "release"},
    "remittance.sweep": {"queue": "release"},
    "remittance.passed_dates": {"queue": "release"},
    "companies.write_audit_heads": {"queue": "deliver"},
    "companies.sweep_alarms": {"queue": "deliver"},
    "companies.sweep_ended_keys": {"queue": "deliver"},
    "companies.mail_alarms": {"queue": "mail"},
    "erp_gateway.purge_nonces": {"queue": "deliver"},
}
# Each entry expires before the next but one is due: a worker that was away finds no pile of them.
app.conf.beat_schedule = {
    "relay-sweep": {"task": "bank_gateway.sweep", "schedule": 2.0, "options": {"expires": 4}},
    "relay-fetch": {"task": "bank_gateway.fetch_due", "schedule": 1.0, "options": {"expires": 2}},
    "remittance-sweep": {"task": "remittance.sweep", "schedule": 2.0, "options": {"expires": 4}},
    "alarms": {"task": "companies.sweep_alarms", "schedule": 10.0, "options": {"expires": 18}},
    "remittance-dates": {"task": "remittance.passed_dates", "schedule": 60.0, "options": {"expires": 100}},
    "alarm-mails": {"task": "companies.mail_alarms", "schedule": 5.0, "options": {"expires": 9}},
    "audit-heads": {"task": "companies.write_audit_heads", "schedule": 3600.0, "options": {"expires": 3000}},
    "keys": {"task": "companies.sweep_ended_keys", "schedule": 30.0, "options": {"expires": 50}},
    "nonces": {"task": "erp_gateway.purge_nonces", "schedule": 600.0, "options": {"expires": 500}},
}

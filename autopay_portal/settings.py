"""Settings of the portal. Everything that differs between installations comes from the environment (see `env.py`)."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from autopay_portal.env import read_environment, read_mail_server
from autopay_portal.sandbox.addresses import running_addresses

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = read_environment()

MODE = ENV.get("AUTOPAY_MODE", "sandbox")
if MODE not in {"sandbox", "production"}:
    raise ImproperlyConfigured(f"AUTOPAY_MODE is {MODE!r}; it is 'sandbox' or 'production'")
SANDBOX = MODE == "sandbox"
TESTING = ENV.get("AUTOPAY_TEST") == "1"

PORT = int(ENV.get("AUTOPAY_PORT", "8000"))
VAR = Path(ENV.get("AUTOPAY_VAR") or BASE_DIR / "var").absolute()
PUBLIC_URL = ENV.get("AUTOPAY_PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
INSTANCE = ENV.get("AUTOPAY_INSTANCE", "")
_public = urlsplit(PUBLIC_URL)

# Where PostgreSQL, the broker and the banks are: from the environment, or what `make run` noted under VAR.
ADDRESSES = running_addresses(VAR)
BANKS_URL = (ENV.get("AUTOPAY_BANKS_URL") or ADDRESSES.banks_url or "").rstrip("/")

DEBUG = False
SECRET_KEY = ENV.get("AUTOPAY_SECRET_KEY") or ADDRESSES.secret_key
# Key ring for secrets at rest: "id:base64key,id:base64key"; the first encrypts, all decrypt.
KEY_RING = ENV.get("AUTOPAY_KEY_RING") or ADDRESSES.key_ring
ALLOWED_HOSTS = [_public.hostname or "localhost"]
if SANDBOX:
    ALLOWED_HOSTS += [host for host in ("localhost", "127.0.0.1") if host not in ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "lucide",
    "autopay_portal.core",
    "companies",
    "bank_gateway",
    "agreements",
    "erp_gateway",
    "remittance",
    "payments_in",
    "autopay_portal.backup",
    "autopay_portal.overview",
    "autopay_portal.sandbox",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "autopay_portal.core.middleware.ReadingMiddleware",
    "autopay_portal.core.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "autopay_portal.core.middleware.ContentSecurityPolicyMiddleware",
    "autopay_portal.core.middleware.RefusalPageMiddleware",
    # The last is asked first about what a page refused: a factor that must be shown leads on, and is no refusal.
    "companies.second_factor.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "autopay_portal.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "autopay_portal.overview.context.frame",
            ],
        },
    },
]
WSGI_APPLICATION = "autopay_portal.wsgi.application"

DATABASE_URL = ADDRESSES.database_url
DATABASES = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
    if DATABASE_URL
    else {"ENGINE": "django.db.backends.postgresql", "NAME": "portal"}
}
# Over TCP either side gives up a peer that is gone within half a minute: PostgreSQL would otherwise keep a dead host's
# transaction, and all it has locked, for two hours. Over a socket of this machine none of it applies.
GONE_AFTER = {"idle": 10, "interval": 5, "count": 3}
GONE_AFTER_MS = 25_000
_database_options = DATABASES["default"].setdefault("OPTIONS", {})
for _name, _value in {
    "application_name": "autopay",
    **{f"keepalives_{name}": value for name, value in GONE_AFTER.items()},
    "tcp_user_timeout": GONE_AFTER_MS,
    "options": " ".join(
        [f"-c tcp_keepalives_{name}={value}" for name, value in GONE_AFTER.items()]
        + [f"-c tcp_user_timeout={GONE_AFTER_MS}"]
    ),
}.items():
    _database_options.setdefault(_name, _value)

REDIS_URL = ADDRESSES.redis_url
CELERY_BROKER_URL = ADDRESSES.broker_url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "companies.allauth_adapter.InvitedOnlyAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
MFA_ADAPTER = "companies.second_factor.adapter.EncryptingAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "companies.second_factor.forms.AuthenticateForm",
    "reauthenticate": "companies.second_factor.forms.ReauthenticateForm",
    "activate_totp": "companies.second_factor.forms.ActivateAppForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# A clock that is half a minute off; each step counts once all the same (companies/second_factor/codes.py).
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "AutoPay"
# Nobody signs himself up: an address is confirmed by the invitation that came to it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.scheme == "https"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", _("Norwegian (bokmål)")), ("en", _("English"))]
# Below VAR where the checkout belongs to somebody else (see prepare_sandbox).
LOCALE_PATHS = [VAR / "locale", BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["autopay_portal.core.formats"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
USE_TZ = True
# The field's days are Norwegian; the database and Celery stay in UTC.
TIME_ZONE = "Europe/Oslo"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(VAR / "files")},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Half the files and half the time of a first start; pages name files by their hash only.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Content-addressed store of every file that came or went (see core/vault.py).
VAULT_DIR = VAR / "files"
# Where a Norwegian company is looked up by its number: off, simulated, or the open API of Enhetsregisteret.
COMPANY_LOOKUP = ENV.get("AUTOPAY_COMPANY_LOOKUP", "simulated" if SANDBOX else "off")
if COMPANY_LOOKUP not in {"off", "simulated", "enhetsregisteret"}:
    raise ImproperlyConfigured(
        f"AUTOPAY_COMPANY_LOOKUP is {COMPANY_LOOKUP!r}; it is 'off', 'simulated' or 'enhetsregisteret'"
    )
if COMPANY_LOOKUP == "simulated" and not SANDBOX:
    raise ImproperlyConfigured("AUTOPAY_COMPANY_LOOKUP is 'simulated': such companies exist in the sandbox only")
# One fsynced line per upload, outside the database: what a restored database may have forgotten (money.md 2.10).
CHANNEL_JOURNAL = VAR / "channel-journal.log"
# Where the audit chain's signed heads go, outside the database.
AUDIT_HEADS = VAR / "audit-heads.log"

MAX_UPLOAD_BYTES = int(ENV.get("AUTOPAY_MAX_UPLOAD_BYTES", str(512 * 1024 * 1024)))
LONG_POLLS_PER_COMPANY = int(ENV.get("AUTOPAY_LONG_POLLS_PER_COMPANY", "200"))
LONG_POLLS_TOTAL = int(ENV.get("AUTOPAY_LONG_POLLS_TOTAL", "2000"))
# Seconds that an upload is left alone once claimed, and the longest that one may take: a slow line needs more, and a
# doubt waits for both (bank_gateway/relay/limits.py).
RELAY_LEASE = float(ENV.get("AUTOPAY_RELAY_LEASE", "30"))
RELAY_LEASE_MARGIN = RELAY_LEASE * 8 / 30
RELAY_LONGEST_TRANSFER = float(ENV.get("AUTOPAY_RELAY_LONGEST_TRANSFER", "60" if SANDBOX else "600"))

EMAIL_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend" if SANDBOX else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = VAR / "mail"
# A server that hangs holds one worker of the queue "mail" for so long, and then all mail waits.
EMAIL_TIMEOUT = 10
_mail = read_mail_server(ENV.get("AUTOPAY_MAIL_SERVER", "smtp+plain://localhost:25"))
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
DEFAULT_FROM_EMAIL = ENV.get("AUTOPAY_MAIL_FROM", f"AutoPay <autopay@{_public.hostname or 'localhost'}>")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["erp_gateway.authentication.SignedRequestAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "autopay_portal.core.problem.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AutoPay",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

"""Sign-in, sign-out and passwords, by allauth: nobody's company, so what counts is who is signed in."""

from tests.pages.access.rows import EVERYBODY, Row, only

_ALL, _ON = only(EVERYBODY), only(EVERYBODY, status=302)
_KEY = "/account/password/reset/key/1-abc-0123456789abcdef/"
ROWS: tuple[Row, ...] = (
    Row("account_login", "/account/login/", _ON, stranger=None, nobody=200),
    Row("account_logout", "/account/logout/", _ALL, stranger=None, leads_to="/"),
    Row("account_inactive", "/account/inactive/", _ALL, stranger=None, nobody=200),
    Row("account_signup", "/account/signup/", _ON, stranger=None, nobody=200),
    Row("account_reauthenticate", "/account/reauthenticate/", only(EVERYBODY, status=403), stranger=None),
    Row("account_email", "/account/email/", _ON, stranger=None, leads_to="/me/"),
    Row("account_email_verification_sent", "/account/confirm-email/", _ALL, stranger=None, nobody=200),
    Row("account_change_password", "/account/password/change/", _ON, stranger=None),
    Row("account_set_password", "/account/password/set/", _ALL, stranger=None),
    Row("account_reset_password", "/account/password/reset/", _ALL, stranger=None, nobody=200),
    Row("account_confirm_login_code", "/account/login/code/confirm/", _ON, stranger=None, nobody=302),
    Row("account_confirm_email", "/account/confirm-email/abc/", _ALL, stranger=None, nobody=200),
    Row("account_reset_password_from_key_done", "/account/password/reset/key/done/", _ALL, stranger=None, nobody=200),
    Row("account_reset_password_from_key", _KEY, _ALL, stranger=None, nobody=200),
    Row("account_reset_password_done", "/account/password/reset/done/", _ALL, stranger=None, nobody=200),
)

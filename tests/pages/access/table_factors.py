"""One's own page and one's factors: nobody's company, so what counts is who is signed in."""

from tests.pages.access.rows import EVERYBODY, Row, only

_ALL, _ON = only(EVERYBODY), only(EVERYBODY, status=302)
_NOTHING = only(EVERYBODY, status=404)
_F = "/me/factors/"

ROWS: tuple[Row, ...] = (
    Row("me", "/me/", _ALL, stranger=None),
    Row("save_name", "/me/name/", _ON, method="POST", stranger=None, body={"name": "Ny", "language": "nb"}),
    Row("change_email", "/me/email/", _ON, method="POST", stranger=None, body={"email": "ny@fjord.example"}),
    Row("confirm_email", "/me/email/confirm/abc/", _NOTHING, stranger=None, nobody=404),
    Row("end_sessions", "/me/sessions/end/", _ON, method="POST", stranger=None),
    Row("end_session", "/me/sessions/1/end/", _ON, method="POST", stranger=None),
    Row("step_up", "/me/step-up/", _ALL, stranger=None),
    Row("step_up_options", "/me/step-up/options/", _ALL, method="POST", stranger=None),
    Row("confirm_factor", _F + "confirm/", _ON, method="POST", stranger=None),
    Row("mfa_index", _F, _ON, stranger=None, leads_to="/me/"),
    Row("mfa_reauthenticate", _F + "code/", only(EVERYBODY, status=403), stranger=None),
    Row("mfa_activate_totp", _F + "app/", _ALL, stranger=None),
    Row("mfa_deactivate_totp", _F + "app/remove/", _NOTHING, stranger=None),
    Row("mfa_view_recovery_codes", _F + "codes/", _NOTHING, stranger=None),
    Row("mfa_generate_recovery_codes", _F + "codes/new/", _ALL, stranger=None),
    Row("mfa_list_webauthn", _F + "passkeys/", _ON, stranger=None, leads_to="/me/"),
    Row("mfa_add_webauthn", _F + "passkeys/add/", _ALL, stranger=None),
    Row("mfa_remove_webauthn", _F + "passkeys/1/remove/", _NOTHING, stranger=None),
    Row("mfa_authenticate", "/account/factor/", _ON, stranger=None),
    Row("mfa_login_webauthn", "/account/passkey/", _ON, stranger=None),
)

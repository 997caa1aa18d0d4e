"""Addresses of one's own page and one's factors."""

from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from django.contrib.auth.decorators import login_required
from django.db.transaction import atomic
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from . import page as own_page
from . import step_up

# A change of factors, its audit and its letter are one transaction.
urlpatterns: list[URLPattern] = [
    path("me/", own_page.me, name="me"),
    path("me/name/", own_page.save_name, name="save_name"),
    path("me/email/", own_page.change_email, name="change_email"),
    path("me/email/confirm/<str:token>/", own_page.confirm_email, name="confirm_email"),
    path("me/sessions/end/", own_page.end_sessions, name="end_sessions"),
    path("me/sessions/<int:session_id>/end/", own_page.end_one_session, name="end_session"),
    path("me/step-up/", step_up.step_up, name="step_up"),
    path("me/step-up/options/", step_up.step_up_options, name="step_up_options"),
    path("me/factors/confirm/", own_page.confirm_factor, name="confirm_factor"),
    path("me/factors/", RedirectView.as_view(pattern_name="me"), name="mfa_index"),
    path("me/factors/code/", factor_views.reauthenticate, name="mfa_reauthenticate"),
    path("me/factors/app/", atomic(app_views.activate_totp), name="mfa_activate_totp"),
    path("me/factors/app/remove/", login_required(atomic(app_views.deactivate_totp)), name="mfa_deactivate_totp"),
    path("me/factors/codes/", recovery_views.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("me/factors/codes/new/", atomic(recovery_views.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("me/factors/passkeys/", RedirectView.as_view(pattern_name="me"), name="mfa_list_webauthn"),
    path("me/factors/passkeys/add/", atomic(passkey_views.add_webauthn), name="mfa_add_webauthn"),
    path("me/factors/passkeys/<int:pk>/remove/", atomic(passkey_views.remove_webauthn), name="mfa_remove_webauthn"),
    path("account/factor/", factor_views.authenticate, name="mfa_authenticate"),
    path("account/passkey/", passkey_views.login_webauthn, name="mfa_login_webauthn"),
    # Another address is confirmed from the mail that comes to it, not by allauth's page.
    path("account/email/", RedirectView.as_view(pattern_name="me"), name="account_email"),
]

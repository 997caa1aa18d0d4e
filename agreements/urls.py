"""Addresses of the pages of a company's agreements, below `/c/<company_id>/`."""

from django.urls import path

from .views import changing, converting, lists, one, wizard

urlpatterns = [
    path("agreements/", lists.agreements, name="agreements"),
    path("agreements/new/", wizard.new_agreement, name="new_agreement"),
    path("agreements/convert/", converting.convert, name="convert_agreement"),
    path("agreements/try-kid/", wizard.try_kid_out, name="try_kid"),
    path("agreements/drafts/<uuid:draft_id>/finish/", wizard.finish, name="finish_draft"),
    path("agreements/drafts/<uuid:draft_id>/discard/", wizard.discard, name="discard_draft"),
    path("agreements/drafts/<uuid:draft_id>/<slug:step>/", wizard.draft_step, name="agreement_draft"),
    path("agreements/drafts/<uuid:draft_id>/<slug:step>/so-far/", wizard.draft_so_far, name="draft_so_far"),
    path("agreements/shares/<uuid:share_id>/answer/", lists.answer_share, name="answer_share"),
    path("agreements/shares/<uuid:share_id>/end/", changing.stop_sharing, name="end_share"),
    path("agreements/<uuid:agreement_id>/", one.agreement, name="agreement"),
    path("agreements/<uuid:agreement_id>/form.pdf", one.bank_form, name="agreement_form"),
    path("agreements/<uuid:agreement_id>/step/", one.take_step, name="agreement_step"),
    path("agreements/<uuid:agreement_id>/test/", one.test, name="test_agreement"),
    path("agreements/<uuid:agreement_id>/close/", one.close, name="close_agreement"),
    path("agreements/<uuid:agreement_id>/settings/", changing.settings, name="agreement_settings"),
    path("agreements/<uuid:agreement_id>/contacts/", changing.contacts, name="agreement_contacts"),
    path("agreements/<uuid:agreement_id>/mandates/", changing.mandates, name="agreement_mandates"),
    path("agreements/<uuid:agreement_id>/share/", changing.share, name="share_agreement"),
    path("agreements/<uuid:agreement_id>/by-hand/", changing.posted_by_hand, name="posted_by_hand"),
]

"""Addresses of the pages about people and of what takes two administrators, from the root."""

from django.urls import URLPattern, path

from companies.views.people import person, proposals, users

urlpatterns: list[URLPattern] = [
    path("customers/<uuid:customer_id>/proposals/", proposals.proposals, name="proposals"),
    path(
        "customers/<uuid:customer_id>/proposals/<uuid:proposal_id>/confirm/",
        proposals.confirm_proposal,
        name="confirm_proposal",
    ),
    path(
        "customers/<uuid:customer_id>/proposals/<uuid:proposal_id>/decline/",
        proposals.decline_proposal,
        name="decline_proposal",
    ),
    path(
        "customers/<uuid:customer_id>/proposals/<uuid:proposal_id>/withdraw/",
        proposals.withdraw_proposal,
        name="withdraw_proposal",
    ),
    path("customers/<uuid:customer_id>/users/", users.users, name="customer_users"),
    path("customers/<uuid:customer_id>/users/invite/", users.invite_user, name="invite_user"),
    path("customers/<uuid:customer_id>/users/rights/", users.save_rights, name="save_rights"),
    path("customers/<uuid:customer_id>/users/<uuid:member_id>/", person.person, name="customer_user"),
    path(
        "customers/<uuid:customer_id>/users/<uuid:member_id>/invite/",
        person.invite_person_again,
        name="invite_person_again",
    ),
    path(
        "customers/<uuid:customer_id>/users/<uuid:member_id>/factors/reset/",
        person.reset_factors,
        name="reset_factors",
    ),
    path("customers/<uuid:customer_id>/users/<uuid:member_id>/leave/", person.leave, name="end_membership"),
    path(
        "customers/<uuid:customer_id>/users/<uuid:member_id>/administrator/make/",
        person.make_administrator,
        name="make_administrator",
    ),
    path(
        "customers/<uuid:customer_id>/users/<uuid:member_id>/administrator/remove/",
        person.remove_administrator,
        name="remove_administrator",
    ),
    path("central/proposals/", proposals.central_proposals, name="central_proposals"),
    path(
        "central/proposals/<uuid:proposal_id>/decide/",
        proposals.decide_central_proposal,
        name="decide_central_proposal",
    ),
]

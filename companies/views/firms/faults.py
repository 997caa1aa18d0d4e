"""Refusals of a service, shown at the fields that they are about."""

from django import forms

from autopay_portal.core.errors import DomainError, ErrorDetail, text_of


def show_faults(form: forms.Form, error: DomainError) -> None:
    """Put each fault of a refusal at its field, by its pointer; what has no field stands above the form."""
    for fault in error.errors or [ErrorDetail(error.code, error.params)]:
        field = (fault.pointer or "").removeprefix("/")
        form.add_error(field if field in form.fields else None, text_of(fault.code, fault.params))

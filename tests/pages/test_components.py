import re
from typing import Any

import pytest
from django import forms
from django.db.models import TextChoices
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from autopay_portal.core.badges import Look, Tone, register_badges


def shown(text: str, **values: Any) -> str:
    with translation.override("nb"):
        return Template("{% load components %}" + text).render(Context(values))


class Door(TextChoices):
    OPEN = "open", "Open"
    SHUT = "shut", "Shut"


def test_a_badge_has_a_word_an_icon_and_a_tone() -> None:
    register_badges("door", Door, {Door.OPEN: Look(Tone.DONE, "check"), Door.SHUT: Look(Tone.WRONG, "x")})

    html = shown('{% badge "door" "open" %}')

    assert 'data-tone="done"' in html
    assert "<svg" in html
    assert "<span>Open</span>" in html


def test_a_state_that_nobody_drew_stops_the_start() -> None:
    with pytest.raises(ValueError, match="SHUT"):
        register_badges("door", Door, {Door.OPEN: Look(Tone.DONE, "check")})


def test_an_unknown_state_is_never_shown_as_something_else() -> None:
    with pytest.raises(KeyError):
        shown('{% badge "payment" "teleported" %}')


def widths(html: str) -> list[int]:
    return [int(width) for width in re.findall(r'<rect[^>]* width="(\d+)"', html)]


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ("paid=96 total=96", [1000]),
        ("paid=45 rejected=3 total=48", [938, 62]),
        ("total=12", []),
        ("", []),
        ("paid=1 total=4", [250]),
    ],
)
def test_a_bar_shows_shares_of_the_whole(counts: str, parts: list[int]) -> None:
    assert widths(shown("{% segments " + counts + " %}")) == parts


def test_one_rejected_among_a_million_can_be_seen_and_the_bar_stays_whole() -> None:
    parts = widths(shown("{% segments paid=999999 rejected=1 %}"))

    assert parts[1] >= 12
    assert sum(parts) == 1000


def test_a_bar_is_read_out() -> None:
    html = shown("{% segments paid=45 under_way=2 rejected=1 %}")

    assert 'aria-label="45 betalt, 2 underveis, 1 avvist"' in html


class AccountForm(forms.Form):
    account = forms.CharField(label="Konto", help_text="Elleve sifre.")

    def clean_account(self) -> str:
        raise forms.ValidationError('Feil <b>"kontrollsiffer"</b>')


def test_a_field_ties_label_hint_and_fault_to_its_control() -> None:
    html = shown("{% field form.account %}", form=AccountForm({"account": '"><script>'}))

    assert '<label for="id_account">' in html
    assert 'aria-describedby="id_account_fault id_account_hint"' in html
    assert 'id="id_account_fault"' in html
    assert 'id="id_account_hint"' in html
    assert 'aria-invalid="true"' in html
    assert "<script>" not in html
    assert "<b>" not in html


def test_what_is_copied_is_an_attribute_and_never_markup() -> None:
    html = shown("{% copy value %}", value='"><img src=x>')

    assert "<img" not in html


def test_the_pager_keeps_the_filters() -> None:
    request = RequestFactory().get("/x/", {"status": "paid", "before": "0190"})

    html = shown('{% pager next_before="0180" shown=100 %}', request=request)

    assert 'href="?status=paid"' in html
    assert 'href="?status=paid&amp;before=0180"' in html


def test_the_last_page_leads_no_further() -> None:
    html = shown("{% pager next_before=None %}", request=RequestFactory().get("/x/"))

    assert "href" not in html


def test_a_notice_says_how_bad_it_is_to_a_screen_reader() -> None:
    html = shown('{% notice tone="wrong" title=title %}<p>x</p>{% endnotice %}', title="<i>Nei</i>")

    assert 'role="alert"' in html
    assert "<i>" not in html


def test_an_event_without_detail_leaves_no_empty_box() -> None:
    html = shown(
        '{% timeline %}{% event title="A" %}  {% endevent %}{% event title="B" %}mer{% endevent %}{% endtimeline %}'
    )

    assert html.count("event-detail") == 1

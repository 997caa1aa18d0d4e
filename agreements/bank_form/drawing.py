"""Drawing a form: one A4 page after another, fonts embedded, the same bytes for the same contents."""

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from agreements.bank_form.content import NOT_THE_BANKS_OWN, Contents, Grid, Section

# Bitstream Vera, which reportlab brings and which may be embedded.
_FONT, _BOLD = "Vera", "VeraBd"
_FONT_FILES = {_FONT: "Vera.ttf", _BOLD: "VeraBd.ttf"}
_INK, _SOFT, _RULE, _PALE = HexColor("#1b1f1d"), HexColor("#55605b"), HexColor("#9aa59f"), HexColor("#eef1ef")
_SIDE, _TOP, _BOTTOM = 20 * mm, 16 * mm, 20 * mm
_WIDTH = A4[0] - 2 * _SIDE
_NAMES = 58 * mm
# A table's own font, of cells without words too: else every page names Helvetica, which isn't embedded.
_EVERYWHERE = ("FONTNAME", (0, 0), (-1, -1), _FONT)


def draw(contents: Contents) -> bytes:
    """Return the form as a PDF."""
    _load_fonts()
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=contents.title,
        author=contents.sender[0],
        subject=contents.subtitle,
        keywords=list(contents.keywords),
        lang="nb-NO",
        invariant=1,
    )
    frame = Frame(_SIDE, _BOTTOM, _WIDTH, A4[1] - _TOP - _BOTTOM, leftPadding=0, rightPadding=0, topPadding=0)
    document.addPageTemplates([PageTemplate(id="form", frames=[frame])])
    document.build(_story(contents), canvasmaker=_paged(contents.foot))
    return out.getvalue()


def _load_fonts() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in _FONT_FILES.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, folder / file))


def _style(size: float, *, font: str = _FONT, colour: Color = _INK, after: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font}-{size}-{colour}",
        fontName=font,
        fontSize=size,
        leading=size * 1.4,
        textColor=colour,
        spaceAfter=after,
        # A name without blanks is broken rather than drawn over its neighbour.
        splitLongWords=1,
    )


def _text(text: str, size: float = 9, *, font: str = _FONT, colour: Color = _INK) -> Paragraph:
    return Paragraph(escape(text) or "\u00a0", _style(size, font=font, colour=colour))


def _story(contents: Contents) -> list[Flowable]:
    story: list[Flowable] = [
        _letterhead(contents),
        Spacer(0, 7 * mm),
        _text(contents.title, 17, font=_BOLD),
        _text(contents.subtitle, 11, colour=_SOFT),
        Spacer(0, 2 * mm),
        _boxed(NOT_THE_BANKS_OWN),
    ]
    for number, section in enumerate(contents.sections, start=1):
        story.append(KeepTogether(_section(number, section)))
    story.append(KeepTogether(_signatures(len(contents.sections) + 1, contents)))
    return story


def _letterhead(contents: Contents) -> Table:
    """Return who orders on the left and the bank on the right, with a rule below."""
    sender = [
        _text(contents.sender[0], 10, font=_BOLD),
        *(_text(line, 8.5, colour=_SOFT) for line in contents.sender[1:]),
    ]
    receiver = [
        _text("Til", 8, colour=_SOFT),
        _text(contents.receiver[0], 10, font=_BOLD),
        *(_text(line, 8.5, colour=_SOFT) for line in contents.receiver[1:]),
    ]
    table = Table([[sender, receiver]], colWidths=[_WIDTH * 0.58, _WIDTH * 0.42])
    table.setStyle(
        TableStyle(
            [
                _EVERYWHERE,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, 0), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
                ("LINEBELOW", (0, 0), (-1, -1), 0.8, _INK),
            ]
        )
    )
    return table


def _boxed(text: str) -> Table:
    table = Table([[_text(text, 8, colour=_SOFT)]], colWidths=[_WIDTH])
    table.setStyle(
        TableStyle([_EVERYWHERE, ("BACKGROUND", (0, 0), (-1, -1), _PALE), ("BOX", (0, 0), (-1, -1), 0.4, _RULE)])
    )
    return table


def _heading(number: int, title: str) -> list[Flowable]:
    return [Spacer(0, 5 * mm), _text(f"{number}. {title}", 10.5, font=_BOLD), Spacer(0, 1.5 * mm)]


def _section(number: int, section: Section) -> list[Flowable]:
    parts = _heading(number, section.title)
    if section.rows:
        parts.append(_fields([(row.name, row.value) for row in section.rows]))
    if section.ticks:
        parts.append(Spacer(0, 1 * mm))
        parts.append(_ticks(section.ticks))
    if section.grid:
        parts.append(_grid(section.grid))
    for words in section.words:
        parts += [Spacer(0, 1.5 * mm), _text(words, 8.5, colour=_SOFT)]
    return parts


def _fields(rows: list[tuple[str, str]]) -> Table:
    table = Table(
        [[_text(name, 8.5, colour=_SOFT), _text(value, 9)] for name, value in rows],
        colWidths=[_NAMES, _WIDTH - _NAMES],
    )
    table.setStyle(
        TableStyle(
            [
                _EVERYWHERE,
                ("GRID", (0, 0), (-1, -1), 0.4, _RULE),
                ("BACKGROUND", (0, 0), (0, -1), _PALE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


class _Box(Flowable):
    """A box to tick, crossed where the service is ordered."""

    def __init__(self, *, crossed: bool) -> None:
        super().__init__()
        self.width = self.height = 9
        self._crossed = crossed

    def wrap(self, *_available: float) -> tuple[float, float]:
        """Return its size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the box."""
        self.canv.setLineWidth(0.7)
        self.canv.setStrokeColor(_INK)
        self.canv.rect(0, 0, 8, 8)
        if self._crossed:
            self.canv.setLineWidth(1.2)
            self.canv.line(1.5, 1.5, 6.5, 6.5)
            self.canv.line(1.5, 6.5, 6.5, 1.5)


def _ticks(ticks: Any) -> Table:
    table = Table(
        # The words say it too, for who hears the form or reads its text.
        [[_Box(crossed=ordered), _text(words), _text("bestilles" if ordered else "", 8)] for ordered, words in ticks],
        colWidths=[7 * mm, _WIDTH - 29 * mm, 22 * mm],
    )
    table.setStyle(
        TableStyle(
            [
                _EVERYWHERE,
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (0, -1), 1),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _grid(grid: Grid) -> Table:
    head = [_text(word, 8, font=_BOLD) for word in grid.head]
    first = 12 * mm
    other = (_WIDTH - first) / (len(grid.head) - 1)
    table = Table(
        [head, *([_text(value) for value in row] for row in grid.rows)],
        colWidths=[first, *([other] * (len(grid.head) - 1))],
        repeatRows=1,
    )
    table.setStyle(
        TableStyle(
            [
                _EVERYWHERE,
                ("GRID", (0, 0), (-1, -1), 0.4, _RULE),
                ("BACKGROUND", (0, 0), (-1, 0), _PALE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _signatures(number: int, contents: Contents) -> list[Flowable]:
    """Return the part in which the company's signatories sign: place, date, name in capitals, signature."""
    parts = [*_heading(number, "Signatur"), _text(contents.signing, 8.5, colour=_SOFT), Spacer(0, 3 * mm)]
    words = ("Sted og dato", "Navn med blokkbokstaver", "Signatur for kontohaver")
    gap = 5 * mm
    width = (_WIDTH - 2 * gap) / 3
    for _place in range(contents.signatures):
        line = Table(
            [["", "", "", "", ""], [_text(words[0], 7.5, colour=_SOFT), "", _text(words[1], 7.5, colour=_SOFT), "",
                                    _text(words[2], 7.5, colour=_SOFT)]],
            colWidths=[width, gap, width, gap, width],
            rowHeights=[11 * mm, 6 * mm],
        )  # fmt: skip
        line.setStyle(
            TableStyle(
                [_EVERYWHERE]
                + [("LINEABOVE", (column, 1), (column, 1), 0.6, _INK) for column in (0, 2, 4)]
                + [("LEFTPADDING", (0, 0), (-1, -1), 0)]
            )
        )
        parts.append(line)
    return parts


def _paged(foot: str) -> type[Canvas]:
    """Return a canvas that knows how many pages there are when it writes their feet."""

    class Paged(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "initialFontName": _FONT})
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            """Keep the page until the last one is known."""
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # reportlab has it, its stubs don't

        def save(self) -> None:
            """Write every page with its foot."""
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self._foot(number)
                super().showPage()
            super().save()

        def _foot(self, number: int) -> None:
            self.setStrokeColor(_RULE)
            self.setLineWidth(0.4)
            self.line(_SIDE, 15 * mm, A4[0] - _SIDE, 15 * mm)
            self.setFont(_FONT, 7.5)
            self.setFillColor(_SOFT)
            self.drawString(_SIDE, 11 * mm, foot)
            self.drawRightString(A4[0] - _SIDE, 11 * mm, f"Side {number} av {len(self._pages)}")
            self.drawString(_SIDE, 7.5 * mm, "Ikke bankens eget skjema. Laget av AutoPay for kontohaver.")

    return Paged

"""Makes every PDF: its fonts, identity and page number on every sheet, and what cannot be printed.

Imports WeasyPrint only for the first PDF, because it is slow to import.
"""

import logging
import threading
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

CSS_FOLDER = Path(settings.BASE_DIR) / "static" / "css"


class NoPdf(Exception):
    """No PDF was made. The text of the exception says why, and what to do, for the user."""


class NotPrintable(NoPdf):
    """No font of this server has some of the `characters`, so they would be missing in the PDF."""

    def __init__(self, characters):
        self.characters = sorted(characters)
        named = ", ".join(f"{one} (U+{ord(one):04X})" for one in self.characters)
        super().__init__(
            f"No PDF was made, because this server has no font for these characters: {named}. Print this page instead,"
            " or ask the person who runs the server to install more fonts."
        )


class _MissingCharacters(logging.Handler):
    """Collects the characters that WeasyPrint finds in no font, in this thread only."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.thread, self.found = threading.get_ident(), set()

    def emit(self, record):
        if record.thread == self.thread and str(record.msg).startswith(".notdef glyph"):
            self.found.add(record.args[0])


def pdf_of(html, css):
    """The bytes of a tagged PDF of an HTML page, with the style of all sheets and `css`. Fetches no files.

    An element of the class `fl-sheet__identity` is printed at the top of every sheet. Raises NoPdf if this server
    cannot make PDFs, and NotPrintable if it has no font for a character.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as missing:
        # WeasyPrint's system library Pango is missing.
        raise NoPdf("This server cannot make PDFs. Print this page instead: it is the same document.") from missing
    nothing = URLFetcher(allowed_protocols=["data"])
    page = HTML(string=html, url_fetcher=nothing)
    sheets = [CSS(string=each, url_fetcher=nothing) for each in (css_file("sheets.css"), css)]
    missing, logger = _MissingCharacters(), logging.getLogger("weasyprint")
    logger.addHandler(missing)
    try:
        pdf = page.write_pdf(stylesheets=sheets, pdf_variant="pdf/ua-1")
    finally:
        logger.removeHandler(missing)
    if missing.found:
        raise NotPrintable(missing.found)
    return pdf


def css_file(name):
    """The text of a style sheet in static/css."""
    return (CSS_FOLDER / name).read_text("utf-8")


def pdf_response(request, html, css, *, name, instead):
    """The answer with a PDF that is called `name`. Without one, a redirect to the page `instead` that says why."""
    try:
        pdf = pdf_of(html, css)
    except NoPdf as refusal:
        messages.warning(request, str(refusal))
        return redirect(instead)
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})

"""The text of the sheets of a PDF."""

from io import BytesIO

from pypdf import PdfReader


def sheets_of(pdf):
    """The text of each sheet, on one line."""
    return [" ".join(sheet.extract_text().split()) for sheet in PdfReader(BytesIO(pdf)).pages]

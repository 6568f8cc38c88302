"""The demo patient's attachments: a letter of her general practitioner as PDF, and a photo."""

from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from treatments.forms.documents import checked_file
from treatments.services import add_attachment

LETTER = [
    "Harbour Lane Surgery, Penmouth",
    "",
    "Dear colleague,",
    "",
    "Thank you for seeing Ruth Adeyemi, born 14 March 1979, a music teacher",
    "with eight weeks of pain in the right neck and shoulder and a band-like",
    "headache. No red flags. She takes apixaban 5 mg twice a day.",
    "",
    "Please assess and treat.",
    "",
    "Dr Imogen Hale",
]


def attach_documents(clinic, patient, episode, *, today):
    """The letter is of the week before her first visit, the photo of two weeks ago."""
    by = clinic.practitioners[0].user
    for drawn, format, kind, title, days_ago in (
        (_letter(), "PDF", "referral", "Referral by Dr Hale", 49),
        (_photo(), "JPEG", "photo", "Bruise, right upper trapezius", 13),
    ):
        add_attachment(
            patient,
            by=by,
            file=checked_file(_file(drawn, format)),
            kind=kind,
            title=title,
            dated_on=today - timedelta(days=days_ago),
            episode=episode,
        )


def _letter():
    page = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(page).multiline_text((120, 160), "\n".join(LETTER), "black", ImageFont.load_default(30), spacing=14)
    return page


def _photo():
    """A drawing of a bruise on skin, with a ruler beside it."""
    photo = Image.new("RGB", (900, 600), "#e0b394")
    draw = ImageDraw.Draw(photo)
    for size, colour in ((90, "#c9a26b"), (64, "#9c6f7d"), (36, "#7a4f6d")):
        draw.ellipse((450 - 2 * size, 280 - size, 450 + 2 * size, 280 + size), fill=colour)
    draw.rectangle((60, 500, 840, 570), fill="white")
    for centimetre in range(14):
        draw.line((80 + 56 * centimetre, 500, 80 + 56 * centimetre, 530), "black", 3)
        draw.text((86 + 56 * centimetre, 532), str(centimetre), "black", ImageFont.load_default(22))
    return photo


def _file(drawn, format):
    written = BytesIO()
    drawn.save(written, format)
    return SimpleUploadedFile("file", written.getvalue())

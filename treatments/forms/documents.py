"""Uploaded documents: which files can be attached to a patient's record, and what is kept of them."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from patients.web.uploads import is_too_large

from .pdfs import HEADER, clean_pdf
from .pictures import jpeg_of

JPEG, PDF = "image/jpeg", "application/pdf"
# An A4 page that was scanned with 300 dots an inch has 3508.
LONGEST_SIDE = 4000
HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypheim", b"ftypmif1", b"ftypmsf1")


@dataclass(frozen=True)
class CheckedFile:
    """The content of an uploaded file that is safe to store and to show."""

    content: bytes
    media_type: str


def checked_file(upload):
    """A CheckedFile with the content of an uploaded JPEG, PNG, WebP or PDF file, without its metadata.

    The content decides what it is, not its name. Raises ValidationError with what to do if it is too large, of another
    kind, broken, or could do harm.
    """
    if is_too_large(upload):
        raise ValidationError("This file is larger than 10 MB. Choose a smaller one, or scan it at a lower resolution.")
    start = upload.read(256)
    upload.seek(0)
    if start.startswith(HEADER):
        return CheckedFile(clean_pdf(upload.read()), PDF)
    if start[4:12] in HEIC:
        raise ValidationError(
            "This photo is in Apple’s HEIC format, which most browsers cannot show. In the settings of the camera,"
            " choose “Most Compatible”, or send the photo as JPEG."
        )
    if start[128:132] == b"DICM":
        raise ValidationError("This is a DICOM image. Export it as JPEG, PNG or PDF, and choose that file.")
    try:
        return CheckedFile(jpeg_of(upload, longest_side=LONGEST_SIDE, quality=88), JPEG)
    except ValidationError as refusal:
        if refusal.code == "no_picture":
            raise ValidationError(
                "This file is neither a picture nor a PDF that can be read. Choose a JPEG, PNG, WebP or PDF file."
            ) from refusal
        raise

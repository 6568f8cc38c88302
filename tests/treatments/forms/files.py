"""Files as people upload them, good and bad ones."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

GPS, MAKER = 0x8825, 0x010F
SECRET = b"Secret"


def uploaded(content, name="file"):
    return SimpleUploadedFile(name, content)


def photo(format="JPEG", size=(60, 40), **saved):
    """The bytes of a picture whose metadata say where it was taken and with which camera."""
    written, image = BytesIO(), Image.new("RGB", size, "red")
    exif = image.getexif()
    exif[GPS], exif[MAKER] = {1: "N", 2: (51.0, 30.0, 0.0)}, "Secret camera"
    image.save(written, format, **({"exif": exif, "comment": "Secret comment"} | saved))
    return written.getvalue()


def pdf(change=None, *, pages=1):
    """The bytes of a PDF with a photo and metadata. `change(writer)` can add to it."""
    written = BytesIO()
    Image.new("RGB", (60, 40), "red").save(written, "PDF")
    writer = PdfWriter(clone_from=BytesIO(written.getvalue()))
    (image,) = writer.pages[0]["/Resources"]["/XObject"].values()
    image.get_object()._data = photo()
    for _ in range(pages - 1):
        writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": "Dr Secret", "/Title": "Secret title"})
    xmp = DecodedStreamObject()
    xmp.set_data(b"<x>Secret</x>")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    if change:
        change(writer)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def dictionary(**values):
    """A dictionary of a PDF; a text that begins with a slash is a name."""
    return DictionaryObject(
        {
            NameObject(f"/{name}"): (NameObject if str(value).startswith("/") else TextStringObject)(value)
            if isinstance(value, str)
            else value
            for name, value in values.items()
        }
    )

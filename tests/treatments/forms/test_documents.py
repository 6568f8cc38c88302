"""Files that people attach: which are accepted, and what is kept of pictures."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from tests.treatments.forms.files import SECRET, pdf, photo, uploaded
from treatments.forms import documents, pictures
from treatments.forms.documents import checked_file


def saved(image, format, **more):
    written = BytesIO()
    image.save(written, format, **more)
    return written.getvalue()


def picture_in(file):
    return Image.open(BytesIO(file.content))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_without_the_place_and_the_camera(format):
    sent = photo(format)

    file = checked_file(uploaded(sent))

    assert SECRET in sent
    assert file.media_type == "image/jpeg"
    assert SECRET not in file.content
    assert not picture_in(file).getexif()
    assert picture_in(file).size == (60, 40)


def test_a_photo_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees

    assert picture_in(checked_file(uploaded(photo(exif=exif)))).size == (40, 60)


def test_a_large_picture_is_made_smaller(monkeypatch):
    monkeypatch.setattr(documents, "LONGEST_SIDE", 30)

    assert picture_in(checked_file(uploaded(photo()))).size == (30, 20)


def test_an_x_ray_with_16_bits_keeps_its_shades():
    image = Image.new("I;16", (3, 1))
    for x, shade in enumerate((0, 128, 255)):
        image.putpixel((x, 0), shade * 256)

    shown = picture_in(checked_file(uploaded(saved(image, "PNG")))).convert("L")

    assert [abs(shown.getpixel((x, 0)) - shade) < 20 for x, shade in enumerate((0, 128, 255))] == [True] * 3


def test_a_pdf_is_kept_as_a_pdf_whatever_its_name_says():
    file = checked_file(uploaded(pdf(), name="photo.jpg"))

    assert file.media_type == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert SECRET not in file.content


POLYGLOTS = {
    "page behind a picture": lambda: photo() + b"<script>Secret()</script>",
    "archive behind a picture": lambda: photo("PNG", comment=None) + b"PK\x03\x04Secret",
    "page in a comment": lambda: photo(comment=b"--><script>Secret()</script>"),
    "pdf behind a picture": lambda: photo() + pdf(),
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_that_is_two_things_at_once_is_kept_as_a_picture_only(name):
    file = checked_file(uploaded(POLYGLOTS[name]()))

    assert file.media_type == "image/jpeg"
    assert SECRET not in file.content
    assert b"%PDF" not in file.content


REFUSED = {
    "page": lambda: b"<html><script>alert(1)</script></html>",
    "drawing with a script": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "program called jpg": lambda: b"MZ\x90\x00" + bytes(500),
    "animation": lambda: saved(Image.new("P", (9, 9)), "GIF"),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "word": lambda: b"PK\x03\x04" + bytes(500),
    "cut off": lambda: photo("PNG")[:120],
    "only the start of a photo": lambda: photo(size=(900, 900), quality=100)[:2000],
    "pdf behind something else": lambda: b"GIF89a" + pdf(),
    "heic": lambda: b"\x00\x00\x00\x18ftypheic" + bytes(500),
    "dicom": lambda: bytes(128) + b"DICM" + bytes(500),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_and_no_pdf_is_refused(name):
    with pytest.raises(ValidationError):
        checked_file(uploaded(REFUSED[name](), name="photo.jpg"))


def test_apples_and_hospitals_formats_have_a_sentence_of_their_own():
    sentences = set()
    for name in ("heic", "dicom", "word"):
        with pytest.raises(ValidationError) as refusal:
            checked_file(uploaded(REFUSED[name]()))
        sentences.add(refusal.value.messages[0])

    assert len(sentences) == 3


def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused_before_it_is_unpacked(monkeypatch):
    bomb = saved(Image.new("1", (9000, 9000)), "PNG")
    monkeypatch.setattr(pictures.ImageOps, "exif_transpose", lambda image: pytest.fail("It was unpacked."))

    assert len(bomb) < 50_000
    with pytest.raises(ValidationError):
        checked_file(uploaded(bomb))


def test_a_file_over_the_limit_is_refused():
    large = uploaded(photo())
    large.size = 10 * 1024 * 1024 + 1

    with pytest.raises(ValidationError):
        checked_file(large)

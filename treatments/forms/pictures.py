"""Uploaded pictures: checked by decoding them, and written anew, so that nothing but the picture is kept."""

from io import BytesIO

from django.core.exceptions import ValidationError
from PIL import Image, ImageFile, ImageOps

from patients.web.uploads import is_too_large

MOST_PIXELS = 50_000_000
FORMATS = ["JPEG", "PNG", "WEBP"]
NOT_READABLE = "This file is not a picture that can be read. Choose a JPEG, PNG or WebP file."
# A grey scale of 16 bits, as in some X-ray images. Pillow cuts off such values instead of scaling them.
DEEP_GREY = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def jpeg_of(upload, *, longest_side=1200, quality=85):
    """The picture in an uploaded JPEG, PNG or WebP file as bytes of a new JPEG, with at most `longest_side` pixels.

    It is turned upright. Metadata, such as the place where a photo was taken, is left out. Raises ValidationError if
    the file is too large or is no picture.
    """
    if is_too_large(upload):
        raise ValidationError("This file is larger than 10 MB. Choose a smaller one.")
    try:
        image = _decoded(upload, longest_side)
    except ValidationError:
        raise
    except Exception as error:  # a broken file can make the decoder fail in any way
        raise ValidationError(NOT_READABLE, code="no_picture") from error
    written = BytesIO()
    image.save(written, "JPEG", quality=quality)
    return written.getvalue()


def _decoded(upload, longest_side):
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns this on for the whole process
    with Image.open(upload, formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValidationError("This picture has more than 50 million pixels. Choose a smaller one.")
        image.draft(image.mode, (longest_side, longest_side))  # a large JPEG is decoded at a smaller scale
        upright = ImageOps.exif_transpose(image)
    if upright.mode in DEEP_GREY:
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    upright.thumbnail((longest_side, longest_side))
    if not upright.has_transparency_data:
        return _plain(upright.convert("RGB"))
    white = Image.new("RGB", upright.size, "white")
    white.paste(upright.convert("RGB"), mask=upright.convert("RGBA").getchannel("A"))
    return white


def _plain(image):
    """The same picture without the metadata that Pillow keeps beside it, such as comments and colour profiles."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare

"""Uploaded pictures: checked by decoding them, and written anew, so that nothing but the picture is kept."""

from io import BytesIO

from django.core.exceptions import ValidationError
from PIL import Image, ImageFile, ImageOps

LARGEST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1200


def jpeg_of(upload):
    """The picture in an uploaded JPEG or PNG file as bytes of a new JPEG, whose sides have at most 1200 pixels.

    Metadata, such as the place where a photo was taken, is left out. Raises ValidationError if the file is too large or
    is no picture.
    """
    if upload.size > LARGEST_BYTES:
        raise ValidationError("This file is larger than 10 MB. Choose a smaller one.")
    try:
        image = _decoded(upload)
    except ValidationError:
        raise
    except Exception as error:  # a broken file can make the decoder fail in any way
        raise ValidationError("This file is not a picture that can be read. Choose a JPEG or PNG file.") from error
    written = BytesIO()
    image.save(written, "JPEG", quality=85)
    return written.getvalue()


def _decoded(upload):
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns this on for the whole process
    with Image.open(upload, formats=["JPEG", "PNG"]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValidationError("This picture has more than 50 million pixels. Choose a smaller one.")
        upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
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

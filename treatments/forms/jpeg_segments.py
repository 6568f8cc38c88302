"""Take the metadata out of a JPEG without decoding it, for photos inside other files."""

# Exif and XMP, Photoshop and IPTC, comments. Colour profiles and Adobe's marker are needed to show the picture.
METADATA = (0xE1, 0xED, 0xFE)
START_OF_SCAN = 0xDA


def without_metadata(jpeg):
    """The same JPEG without Exif, XMP, IPTC and comments. What is no JPEG, or broken, is returned as it is."""
    kept, at = [jpeg[:2]], 2
    while jpeg[at : at + 1] == b"\xff" and len(jpeg) > at + 4:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker == START_OF_SCAN or length < 2:
            break
        if marker not in METADATA:
            kept.append(jpeg[at : at + 2 + length])
        at += 2 + length
    return b"".join([*kept, jpeg[at:]])

"""Write a ZIP archive piece by piece, so that an archive of any size needs little memory and no file on the disk."""

import io
import zipfile


class _Pieces(io.RawIOBase):
    """A file that zipfile writes to; `taken` gives what was written since the last time."""

    def __init__(self):
        super().__init__()
        self.written = bytearray()

    def writable(self):
        return True

    def write(self, content):
        self.written += content
        return len(content)

    def taken(self):
        piece, self.written = bytes(self.written), bytearray()
        return piece


def zip_of(files):
    """Yield the bytes of a ZIP archive. `files` yields (name, iterable of bytes) for each of its files, in order."""
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            with archive.open(name, "w", force_zip64=True) as file:
                for piece in content:
                    file.write(piece)
                    yield pieces.taken()
            yield pieces.taken()
    yield pieces.taken()

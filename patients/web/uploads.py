"""Uploaded files stay in memory: no patient's document is written unencrypted to the disk, and none can fill it."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_BYTES = 10 * 1024 * 1024


def is_too_large(upload):
    """Whether an uploaded file, or all files of its page together, are over the limit. Then its content is gone."""
    return upload.size > LARGEST_BYTES or getattr(upload, "is_dropped", False)


class InMemoryOnly(FileUploadHandler):
    """Keeps the files of one request in memory, up to LARGEST_BYTES together.

    The content of a file that is larger is dropped while it arrives. Its `size` is still counted, and `is_dropped` is
    set, so that the form can refuse it beside its field.
    """

    def __init__(self, request=None):
        super().__init__(request)
        self.left = LARGEST_BYTES

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.file, self.is_dropped = BytesIO(), False

    def receive_data_chunk(self, raw_data, start):
        self.left -= len(raw_data)
        if self.left < 0 and not self.is_dropped:
            self.file, self.is_dropped = BytesIO(), True
        if not self.is_dropped:
            self.file.write(raw_data)

    def file_complete(self, file_size):
        self.file.seek(0)
        upload = InMemoryUploadedFile(
            self.file, self.field_name, self.file_name, self.content_type, file_size, self.charset,
            self.content_type_extra,
        )  # fmt: skip
        upload.is_dropped = self.is_dropped
        return upload

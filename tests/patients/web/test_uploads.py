"""Uploaded files: in memory only, and never more than the limit."""

from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import RequestFactory

from patients.web import uploads
from patients.web.uploads import is_too_large


def sent(**files):
    return RequestFactory().post("/", files).FILES


def test_a_file_above_djangos_own_limit_stays_in_memory():
    content = b"x" * 3_000_000

    file = sent(file=SimpleUploadedFile("scan.pdf", content))["file"]

    assert isinstance(file, InMemoryUploadedFile)
    assert not is_too_large(file)
    assert file.read() == content


def test_the_content_of_a_file_over_the_limit_is_dropped_and_its_size_known(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_BYTES", 100_000)

    file = sent(file=SimpleUploadedFile("scan.pdf", b"x" * 300_000))["file"]

    assert is_too_large(file)
    assert (file.size, file.read()) == (300_000, b"")


def test_files_that_are_over_the_limit_together_are_too_large(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_BYTES", 100_000)

    files = sent(
        first=SimpleUploadedFile("1.pdf", b"x" * 60_000),
        second=SimpleUploadedFile("2.pdf", b"x" * 60_000),
    )

    assert [is_too_large(files[name]) for name in ("first", "second")] == [False, True]
    assert files["first"].read() == b"x" * 60_000

"""The storing of a file shows how far it is, in other tabs too."""

import re

import pytest
from playwright.sync_api import expect

from patients.integrity.progress import steps
from patients.integrity.running import running
from patients.services import upload_import

pytestmark = pytest.mark.django_db(transaction=True)
FILE = b"Surname,First name,Date of birth\nImported,Ida,1980-05-17\n"


def test_another_tab_shows_the_progress_and_then_the_page(page, admin, sign_in, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file_import = upload_import(by=admin, kind="patients", name="patients.csv", content=FILE)
    sign_in(admin)

    with running(file_import.pk), steps("rows read", lambda: 2500) as done:
        done(592)
        page.goto(file_import.get_absolute_url())
        expect(page.get_by_text("The rows of patients.csv are being stored.")).to_be_visible()
        expect(page.locator("[data-progress-text]")).to_have_text(re.compile("of 2,500 rows read, .* left"))

    expect(page.get_by_role("button", name="Store 1 row")).to_be_visible(timeout=8000)

"""Pages about attachments: adding one, the list, the timeline, and who gets the content."""

import uuid
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import open_episode
from patients.web import uploads
from tests.treatments.builders import make_attachment, make_signed, picture_file
from tests.treatments.forms.files import pdf, photo, uploaded
from treatments.forms.documents import checked_file
from treatments.models import Attachment
from treatments.record.attached import content_of
from treatments.services import add_attachment, mark_in_error


@pytest.fixture
def page(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return reverse("patient_attachments", args=[patient.pk])


@pytest.fixture
def attached_pdf(patient, physiotherapist):
    return add_attachment(patient, by=physiotherapist, file=checked_file(uploaded(pdf())), kind="imaging", title="MRI")


def sent(**fields):
    return {"id": uuid.uuid4(), "kind": "referral", "title": "From the GP", "dated_on": "2026-01-05"} | fields


def address(name, attachment):
    return reverse(name, args=[attachment.patient_id, attachment.pk])


@pytest.mark.parametrize("field", ["document", "photo"])
def test_a_file_or_a_photo_is_attached_and_listed(client, page, field, physiotherapist):
    answer = client.post(page, sent(**{field: picture_file("JPEG")}))

    attachment = Attachment.objects.get()
    assert answer.url == page
    assert (attachment.kind, attachment.title, attachment.added_by) == ("referral", "From the GP", physiotherapist)
    assert f"{attachment.dated_on:%Y-%m-%d}" == "2026-01-05"
    assert list(client.get(page).context["attachments"]) == [attachment]


def test_the_form_proposes_today_and_the_open_episode(client, page, patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Knee", region="leg")

    form = client.get(page).context["form"]

    assert form.get_initial_for_field(form.fields["dated_on"], "dated_on") == timezone.localdate()
    assert form["episode"].value() == episode.pk


WRONG = {
    "no file": (sent(), {"document"}),
    "no picture": (sent(document=lambda: uploaded(b"<script>1</script>")), {"document"}),
    "two files": (sent(document=picture_file, photo=picture_file), {"document", "photo"}),
    "no kind": (sent(document=picture_file, kind=""), {"document", "kind"}),
    "no day": (sent(photo=picture_file, dated_on="soon"), {"photo", "dated_on"}),
    "a day to come": (sent(document=picture_file, dated_on="2999-01-01"), {"document", "dated_on"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(client, page, name):
    fields, wrong = WRONG[name]
    fields = {key: value() if callable(value) else value for key, value in fields.items()}

    answer = client.post(page, fields)

    form = answer.context["form"]
    assert answer.status_code == 422
    assert set(form.errors) == wrong
    assert form["title"].value() == "From the GP"
    assert not Attachment.objects.exists()


def test_a_file_over_the_limit_is_refused_beside_its_field(client, page, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_BYTES", 100)

    answer = client.post(page, sent(document=picture_file(size=(300, 300))))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["document"]


def test_a_picture_is_shown_and_can_do_nothing_else(client, page, patient, physiotherapist):
    attachment = make_attachment(patient, by=physiotherapist)

    answer = client.get(address("attachment_content", attachment))

    assert answer.content == content_of(attachment)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    shown = client.get(attachment.get_absolute_url()).content.decode()
    assert f'src="{address("attachment_content", attachment)}"' in shown


def test_a_pdf_opens_or_is_downloaded_under_a_name_without_the_patients(client, page, attached_pdf, patient):
    opened = client.get(address("attachment_content", attached_pdf))
    downloaded = client.get(address("attachment_download", attached_pdf))

    assert opened.content == downloaded.content == content_of(attached_pdf)
    assert opened.headers["Content-Type"] == "application/pdf"
    assert opened.headers["Content-Disposition"].startswith("inline; ")
    assert downloaded.headers["Content-Disposition"].startswith("attachment; ")
    assert patient.record_number in downloaded.headers["Content-Disposition"]
    assert patient.family_name not in downloaded.headers["Content-Disposition"]
    assert "sandbox" in downloaded.headers["Content-Security-Policy"]


def test_every_opening_is_in_the_audit_trail(client, page, attached_pdf, patient):
    client.get(attached_pdf.get_absolute_url())
    client.get(address("attachment_download", attached_pdf))

    entries = TrailEntry.objects.filter(record_type="attachment", record_id=str(attached_pdf.pk), patient=patient)
    assert [entry.action for entry in entries.order_by("pk")] == ["create", "read", "export"]


def test_an_admin_sees_that_there_is_an_attachment_but_not_what_is_in_it(client, page, attached_pdf, admin):
    client.force_login(admin)

    shown = client.get(attached_pdf.get_absolute_url())

    assert shown.status_code == 200
    assert address("attachment_content", attached_pdf) not in shown.content.decode()
    for name in ("attachment_content", "attachment_download"):
        assert client.get(address(name, attached_pdf)).status_code == 403


def test_an_attachment_whose_key_is_missing_says_so(client, page, attached_pdf, settings):
    settings.ATTACHMENT_KEYS, settings.SECRET_KEY_FALLBACKS = ["another key " * 5], []
    settings.SECRET_KEY = "another"
    client.force_login(attached_pdf.added_by)

    answer = client.get(address("attachment_content", attached_pdf), follow=True)

    assert answer.redirect_chain == [(attached_pdf.get_absolute_url(), 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_one_entered_in_error_stays_readable_and_is_marked(client, page, attached_pdf, physiotherapist):
    mark = mark_in_error(attached_pdf, by=physiotherapist, reason="Of another patient", proof="password")

    assert client.get(address("attachment_content", attached_pdf)).status_code == 200
    assert mark.reason in client.get(attached_pdf.get_absolute_url()).content.decode()


def test_all_attachments_are_exported_with_a_list_except_those_in_error(client, page, attached_pdf, patient):
    other = make_attachment(patient, by=attached_pdf.added_by, title="=1+1")
    wrong = make_attachment(patient, by=attached_pdf.added_by, title="Wrong")
    mark_in_error(wrong, by=attached_pdf.added_by, reason="Of another patient", proof="password")

    answer = client.get(reverse("attachments_export", args=[patient.pk]))

    archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))
    *files, listed = [archive.read(name) for name in archive.namelist()]
    assert sorted(files) == sorted(content_of(one) for one in (attached_pdf, other))
    assert b"MRI" in listed and b"'=1+1" in listed and b"Wrong" not in listed
    entry = TrailEntry.objects.filter(patient=patient).latest("pk")
    assert (entry.action, entry.page) == ("export", "attachments_export")


def test_an_export_without_the_key_says_so_in_its_list(client, page, attached_pdf, patient, settings):
    settings.ATTACHMENT_KEYS, settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = [], "another", []
    client.force_login(attached_pdf.added_by)

    answer = client.get(reverse("attachments_export", args=[patient.pk]))

    archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))
    assert archive.namelist() == ["list.csv"]
    assert attached_pdf.content_hash in archive.read("list.csv").decode()


# The timeline ------------------------------------------------------------------------------


def test_attachments_are_in_the_timeline_at_their_day(client, page, patient, physiotherapist):
    session = make_signed(patient, by=physiotherapist)
    today = timezone.localdate()
    old = make_attachment(patient, by=physiotherapist, dated_on=today - timedelta(days=400), title="Old")
    new = make_attachment(patient, by=physiotherapist, dated_on=today, title="New")

    timeline = client.get(reverse("patient_chart", args=[patient.pk]), {"episode": "all"}).context["page"]

    (entry,) = timeline.entries
    assert entry.session == session
    assert [between.record for between in entry.between] == [new]
    assert [between.record for between in timeline.earliest] == [old]


def test_the_chart_asks_the_same_number_of_queries_for_one_attachment_and_for_three(
    client, page, patient, physiotherapist
):
    counts = []
    for number in range(3):
        make_attachment(patient, by=physiotherapist, title=str(number))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("patient_chart", args=[patient.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[2]


def test_the_timeline_of_one_episode_has_only_its_attachments(client, page, patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Knee", region="leg")
    of_episode = make_attachment(patient, by=physiotherapist, episode=episode)
    make_attachment(patient, by=physiotherapist)

    timeline = client.get(reverse("patient_chart", args=[patient.pk])).context["page"]

    assert [between.record for between in timeline.earliest] == [of_episode]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_a_constant_number_of_queries(
    client, page, patient, physiotherapist, django_assert_num_queries, count
):
    for number in range(count):
        make_attachment(patient, by=physiotherapist, title=str(number))

    with django_assert_num_queries(12):
        client.get(page)


def test_a_photo_with_a_place_is_attached_without_it(client, page):
    client.post(page, sent(photo=uploaded(photo())))

    assert b"Secret" not in content_of(Attachment.objects.get())

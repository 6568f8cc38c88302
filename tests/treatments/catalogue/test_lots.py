import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from patients.models import TrailEntry
from tests import people
from tests.admin_pages import typed_page, url_of
from tests.markup import on_one_line
from tests.treatments import pages
from tests.treatments.builders import make_draft, make_muscle, make_needle, make_needling, make_signed
from treatments.models import Needle, Needling
from treatments.services import copy_setup, lift_recall, recall_lot, start_session

pytestmark = pytest.mark.both_engines


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


@pytest.fixture
def lot(db):
    return make_needle()


@pytest.fixture
def recalled(lot, admin):
    return recall_lot(lot, by=admin, recalled_on=day(0), reason="Maker's notice")


@pytest.fixture
def signed(patient, physiotherapist):
    return make_signed(patient, by=physiotherapist, days_ago=3)


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return on_one_line(answer)


# What its pack says ------------------------------------------------------------


def test_a_lot_is_put_right_until_a_signed_record_speaks_of_it(as_admin, patient, physiotherapist, lot):
    make_draft(patient, by=physiotherapist)
    url = url_of(Needle, "change", lot.pk)
    as_admin.post(url, typed_page(as_admin.get(url)) | {"expires_on": day(800)})
    lot.refresh_from_db()
    assert (lot.expires_on, lot.in_record_since) == (day(800), None)

    signed = make_signed(people.make_patient(by=physiotherapist, given_name="Dev"), by=physiotherapist)
    as_admin.post(url, typed_page(as_admin.get(url)) | {"expires_on": day(1600)})

    lot.refresh_from_db()
    assert (lot.expires_on, lot.in_record_since) == (day(800), signed.signed_at)


# The recall --------------------------------------------------------------------


def test_recall_lot_takes_it_out_of_what_can_be_chosen(recalled):
    assert (recalled.recalled_on, recalled.recall_reason) == (day(0), "Maker's notice")
    assert not Needle.objects.usable_on(day(0)).exists()
    assert not recalled.is_usable_on(day(0))
    assert recalled.is_usable_on(day(-1))
    assert set(Needle.objects.usable_on(day(-1))) == {recalled}


def test_lift_recall_lets_it_be_chosen_again(recalled, admin):
    lift_recall(recalled, by=admin)

    assert Needle.objects.usable_on(day(0)).exists()


def test_a_recall_without_a_reason_is_refused(lot, admin):
    with pytest.raises(ValidationError, match="a day and a reason"):
        recall_lot(lot, by=admin, recalled_on=day(0), reason=" ")


@pytest.mark.parametrize("wrong", [{"recalled_on": "2026-01-01"}, {"recall_reason": "Notice"}])
def test_the_database_refuses_half_a_recall(lot, wrong):
    with pytest.raises(IntegrityError, match="needle_recalled_for_a_reason"), transaction.atomic():
        Needle.objects.filter(pk=lot.pk).update(**wrong)


def test_a_recalled_lot_is_refused_for_a_new_row(patient, physiotherapist, recalled):
    with pytest.raises(ValidationError, match="Lot L1 was recalled"):
        make_draft(patient, by=physiotherapist)

    assert not Needling.objects.exists()


def test_a_recalled_lot_is_not_offered_and_not_taken_by_the_page(client, draft, lot, admin):
    recall_lot(lot, by=admin, recalled_on=day(0), reason="Maker's notice")

    answer = pages.save(client, draft, **pages.row(needle=lot.pk))

    assert answer.status_code == 422
    assert "was recalled. Choose another." in answer.content.decode()
    assert str(lot) not in client.get(pages.edit_url(draft)).content.decode()


def test_a_row_that_named_the_lot_before_its_recall_still_does_and_waits_for_an_answer(
    client, patient, physiotherapist, lot, admin
):
    client.force_login(physiotherapist)
    draft = make_draft(patient, by=physiotherapist)
    recall_lot(lot, by=admin, recalled_on=day(0), reason="Maker's notice")

    saved = pages.save(client, draft, note="Well tolerated.")
    signed = client.post(f"/patients/{patient.pk}/sessions/{draft.pk}/sign/", pages.as_posted(draft))

    assert saved.status_code == 200
    assert draft.needlings.get().needle == lot
    assert signed.status_code == 422
    assert "Lot recalled" in signed.content.decode()


def test_a_set_up_that_is_copied_leaves_a_recalled_lot_out(patient, physiotherapist, signed, recalled):
    session = start_session(patient, by=physiotherapist, session_id=None)

    copy_setup(session, by=physiotherapist)

    assert [row.needle for row in session.needlings.all()] == [None]


# Who was treated with it -------------------------------------------------------


def test_a_lot_leads_to_everybody_treated_with_it(client, physiotherapist, front_desk, lot):
    ruth = people.make_patient(by=front_desk, phone="+44 20 7946 0123")
    dev = people.make_patient(by=front_desk, given_name="Dev", family_name="Patel")
    make_signed(ruth, by=physiotherapist, days_ago=4)
    make_draft(dev, by=physiotherapist)
    client.force_login(physiotherapist)

    html = page(client, f"/needles/{lot.pk}/")

    assert html.index("PATEL, Dev") < html.index("ADEYEMI, Ruth")
    for told in ("+44 20 7946 0123", ruth.record_number, "Marit Solberg", "Upper trapezius", "Right", "Draft"):
        assert told in html
    assert "2 rows" in html


def test_a_recalled_lot_says_so_wherever_it_is_seen(client, physiotherapist, signed, recalled):
    client.force_login(physiotherapist)

    assert "Maker&#x27;s notice" in page(client, f"/needles/{recalled.pk}/")
    assert "Recalled" in page(client, "/needles/")
    assert "Recalled" in page(client, f"/patients/{signed.patient_id}/sessions/{signed.pk}/")


def test_lots_are_found_by_a_part_of_their_number(client, physiotherapist, lot):
    Needle.objects.create(maker="Agu", diameter_mm="0.25", length_mm=30, lot="ZX-4471", expires_on=day(300))
    client.force_login(physiotherapist)

    assert ">L1<" not in page(client, "/needles/?q=x-44")
    assert ">L1<" in page(client, "/needles/?q=l1")
    assert "ZX-4471" in page(client, "/needles/?q=x-44")
    assert "No lot number contains “zzz”" in page(client, "/needles/?q=zzz")
    assert "<html" not in client.get("/needles/?q=L1", headers={"HX-Request": "true"}).content.decode()


def test_a_long_list_is_paged_and_printed_whole(client, patient, physiotherapist, lot):
    rows = [make_needling(make_muscle()) for _ in range(60)]
    make_draft(patient, by=physiotherapist, needlings=rows)
    client.force_login(physiotherapist)

    assert page(client, f"/needles/{lot.pk}/").count("ADEYEMI, Ruth") == 50
    assert page(client, f"/needles/{lot.pk}/").count(date_format(patient.born_on, "j M Y")) == 50
    assert page(client, f"/needles/{lot.pk}/?page=2").count("ADEYEMI, Ruth") == 10
    assert page(client, f"/needles/{lot.pk}/?page=nonsense").count("ADEYEMI, Ruth") == 50
    assert page(client, f"/needles/{lot.pk}/?all=1").count("ADEYEMI, Ruth") == 60


@pytest.mark.parametrize("count", [1, 3])
def test_lots_and_their_uses_ask_a_constant_number_of_queries(
    client, physiotherapist, front_desk, lot, count, django_assert_num_queries
):
    for number in range(count):
        someone = people.make_patient(by=front_desk, given_name=f"Dev {number}")
        make_signed(someone, by=physiotherapist, needlings=[make_needling(make_muscle(f"m{number}", f"M {number}"))])
        Needle.objects.create(maker="Agu", diameter_mm="0.25", length_mm=30, lot=f"Z{number}", expires_on=day(300))
    client.force_login(physiotherapist)

    with django_assert_num_queries(5):
        page(client, "/needles/")
    with django_assert_num_queries(6):
        page(client, f"/needles/{lot.pk}/")


def exported(client, lot):
    answer = client.get(f"/needles/{lot.pk}/export/")
    assert answer.streaming
    return answer, list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


def test_the_export_has_a_line_for_each_row(as_admin, signed, recalled):
    answer, (head, line) = exported(as_admin, recalled)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="recall-l1.csv"'
    told = dict(zip(head, line, strict=True))
    assert told["Patient"] == "ADEYEMI, Ruth"
    assert told["Record number"] == signed.patient.record_number
    assert told["Session"] == f"{timezone.localtime(signed.started_at):%Y-%m-%d %H:%M}"
    assert (told["Muscle"], told["Side"], told["Insertions"]) == ("Upper trapezius", "Right", "2")
    assert (told["Lot"], told["Recalled on"]) == ("L1", str(day(0)))


def test_the_export_is_in_the_trail_of_each_patient_on_the_list(as_admin, signed, lot, front_desk):
    people.make_patient(by=front_desk, given_name="Isla")
    exported(as_admin, lot)

    assert TrailEntry.objects.get(action="export").patient == signed.patient


@pytest.mark.parametrize(
    "name", ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', " =1+1", "＝1+1"]
)
def test_the_export_holds_no_formula(as_admin, physiotherapist, patient, lot, name):
    make_draft(patient, by=physiotherapist)
    type(patient).objects.filter(pk=patient.pk).update(phone=name)
    Needle.objects.filter(pk=lot.pk).update(lot=name[:40], maker=name)

    _, (head, line) = exported(as_admin, lot)

    told = dict(zip(head, line, strict=True))
    assert told["Phone"] == told["Maker"] == f"'{name}"
    assert told["Lot"] == f"'{name[:40]}"


def test_the_export_asks_as_often_for_many_rows_as_for_one(
    as_admin, patient, physiotherapist, lot, django_assert_num_queries
):
    make_draft(patient, by=physiotherapist, needlings=[make_needling(make_muscle()) for _ in range(60)])

    with django_assert_num_queries(6):
        _, lines = exported(as_admin, lot)

    assert len(lines) == 61


# In the admin ------------------------------------------------------------------


def test_the_admin_recalls_a_lot_with_a_day_and_a_reason(as_admin, lot):
    url = url_of(Needle, "change", lot.pk)
    typed = typed_page(as_admin.get(url))

    half = as_admin.post(url, typed | {"recalled_on": str(day(0))})
    whole = as_admin.post(url, typed | {"recalled_on": str(day(0)), "recall_reason": "Maker's notice"})

    assert "Enter both or neither" in half.content.decode()
    assert whole.status_code == 302
    lot.refresh_from_db()
    assert (lot.recalled_on, lot.recall_reason) == (day(0), "Maker's notice")
    assert list(as_admin.get(url_of(Needle), {"date": "recalled"}).context["cl"].queryset) == [lot]


def test_the_admin_lifts_a_recall_and_may_recall_a_new_lot(as_admin, recalled):
    url = url_of(Needle, "change", recalled.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"recalled_on": "", "recall_reason": ""})
    as_admin.post(
        url_of(Needle, "add"),
        {
            "maker": "Agu", "diameter_mm": "0.25", "length_mm": 30, "lot": "N1", "expires_on": "2030-01-01",
            "is_active": "on", "recalled_on": str(day(0)), "recall_reason": "Arrived open",
        },
    )  # fmt: skip

    recalled.refresh_from_db()
    assert (recalled.recalled_on, recalled.recall_reason) == (None, "")
    assert Needle.objects.get(lot="N1").recall_reason == "Arrived open"


def test_a_lot_that_was_used_keeps_its_name(as_admin, signed, lot):
    url = url_of(Needle, "change", lot.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"lot": "OTHER", "expires_on": "2020-01-01"})

    lot.refresh_from_db()
    assert (lot.lot, lot.expires_on) == ("L1", day(900))

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.admin_pages import typed_page, url_of
from tests.treatments.builders import make_muscle, make_needle
from treatments.models import Muscle, Needle, TriggerPoint


@pytest.fixture
def muscle(db):
    muscle = make_muscle(caution="Lung apex", pneumothorax_risk=True)
    TriggerPoint.objects.create(muscle=muscle, label="TrP1")
    return muscle


def test_signing_off_names_who_reviewed(as_admin, admin, muscle):
    response = as_admin.post(url_of(Muscle), {"action": "sign_off", "_selected_action": [muscle.pk]}, follow=True)

    muscle.refresh_from_db()
    assert (muscle.reviewed_by, muscle.edited_by) == (admin, None)
    assert [str(message) for message in response.context["messages"]] == ["Signed off as reviewed by Ada Berg: 1."]
    assert list(as_admin.get(url_of(Muscle), {"review": "open"}).context["cl"].queryset) == []
    assert list(as_admin.get(url_of(Muscle), {"review": "reviewed"}).context["cl"].queryset) == [muscle]


def test_a_fact_without_a_source_stays_not_yet_reviewed(as_admin, muscle):
    Muscle.objects.update(source="")

    response = as_admin.post(url_of(Muscle), {"action": "sign_off", "_selected_action": [muscle.pk]}, follow=True)

    muscle.refresh_from_db()
    said = [str(message) for message in response.context["messages"]]
    assert said[0] == "Not signed off, because the source is missing: 1."
    assert (muscle.reviewed_by, muscle.is_reviewed) == (None, False)
    assert list(as_admin.get(url_of(Muscle), {"review": "open"}).context["cl"].queryset) == [muscle]


def test_a_review_of_a_fact_whose_source_is_gone_does_not_count(as_admin, muscle):
    as_admin.post(url_of(Muscle), {"action": "sign_off", "_selected_action": [muscle.pk]})
    Muscle.objects.update(source="")

    muscle.refresh_from_db()
    assert (muscle.reviewed_at is None, muscle.is_reviewed) == (False, False)
    assert list(as_admin.get(url_of(Muscle), {"review": "reviewed"}).context["cl"].queryset) == []


def test_an_edit_takes_the_review_back(as_admin, admin, muscle):
    as_admin.post(url_of(Muscle), {"action": "sign_off", "_selected_action": [muscle.pk]})
    url = url_of(Muscle, "change", muscle.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"caution": "Lung apex, first rib"})

    muscle.refresh_from_db()
    assert (muscle.caution, muscle.edited_by, muscle.reviewed_by) == ("Lung apex, first rib", admin, None)
    assert muscle.trigger_points.get().edited_by is None


def test_saving_without_a_change_keeps_the_review(as_admin, admin, muscle):
    as_admin.post(url_of(Muscle), {"action": "sign_off", "_selected_action": [muscle.pk]})
    url = url_of(Muscle, "change", muscle.pk)

    response = as_admin.post(url, typed_page(as_admin.get(url)))

    muscle.refresh_from_db()
    assert response.status_code == 302
    assert (muscle.edited_by, muscle.reviewed_by) == (None, admin)


def test_a_trigger_point_edited_beside_its_muscle_is_marked(as_admin, admin, muscle):
    url = url_of(Muscle, "change", muscle.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"trigger_points-0-location": "Middle of the upper border"})

    muscle.refresh_from_db()
    assert muscle.trigger_points.get().edited_by == admin
    assert muscle.edited_by is None


def test_a_point_keeps_its_label_beside_its_muscle_and_alone(as_admin, muscle):
    point = muscle.trigger_points.create(label="1", location="Middle")
    for url, name in [
        (url_of(Muscle, "change", muscle.pk), "trigger_points-0-label"),
        (url_of(TriggerPoint, "change", point.pk), "label"),
    ]:
        answer = as_admin.post(url, typed_page(as_admin.get(url)) | {name: "2"})
        assert answer.status_code == 302

    point.refresh_from_db()
    assert point.label == "1"


def test_needles_say_whether_they_are_in_date(as_admin):
    fresh = make_needle()
    old = Needle.objects.create(
        maker="Agu", diameter_mm="0.25", length_mm=30, lot="L0", expires_on=timezone.localdate() - timedelta(days=1)
    )

    assert list(as_admin.get(url_of(Needle), {"date": "expired"}).context["cl"].queryset) == [old]
    assert list(as_admin.get(url_of(Needle), {"date": "in"}).context["cl"].queryset) == [fresh]

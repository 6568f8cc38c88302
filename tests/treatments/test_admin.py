import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.roles import REVIEWER
from tests.admin_pages import typed_page, url_of
from tests.people import make_user
from tests.treatments.builders import make_muscle, make_needle, make_signed
from treatments.evidence.registry import facts_of
from treatments.models import Amendment, FollowUp, Measurement, Muscle, Needle, Needling, TreatmentSession, TriggerPoint
from treatments.services import amend_session, confirm_error_mark, mark_in_error, record_follow_up, review_fact


@pytest.fixture
def muscle(db):
    muscle = make_muscle(caution="Lung apex", pneumothorax_risk=True)
    TriggerPoint.objects.create(muscle=muscle, label="TrP1")
    return muscle


def sign_off(muscle, by):
    fact = next(fact for fact in facts_of("muscle") if fact.entry == muscle)
    said = {"verdict": "agreed", "qualification": "Physiotherapist"}
    review_fact(fact.fact_key, by=by, fingerprint=fact.fingerprint, **said)
    muscle.refresh_from_db()


@pytest.fixture
def reviewer(db):
    return make_user("r.osei", role=REVIEWER)


def test_the_admin_lists_what_is_reviewed(as_admin, reviewer, muscle):
    sign_off(muscle, reviewer)

    assert (muscle.reviewed_by, muscle.edited_by) == (reviewer, None)
    assert list(as_admin.get(url_of(Muscle), {"review": "open"}).context["cl"].queryset) == []
    assert list(as_admin.get(url_of(Muscle), {"review": "reviewed"}).context["cl"].queryset) == [muscle]


def test_a_review_of_a_fact_whose_source_is_gone_does_not_count(as_admin, reviewer, muscle):
    sign_off(muscle, reviewer)
    Muscle.objects.update(source="")

    muscle.refresh_from_db()
    assert (muscle.reviewed_at is None, muscle.is_reviewed) == (False, False)
    assert list(as_admin.get(url_of(Muscle), {"review": "reviewed"}).context["cl"].queryset) == []


def test_an_edit_takes_the_review_back(as_admin, admin, reviewer, muscle):
    sign_off(muscle, reviewer)
    url = url_of(Muscle, "change", muscle.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"caution": "Lung apex, first rib"})

    muscle.refresh_from_db()
    assert (muscle.caution, muscle.edited_by, muscle.reviewed_by) == ("Lung apex, first rib", admin, None)
    assert muscle.trigger_points.get().edited_by is None


def test_saving_without_a_change_keeps_the_review(as_admin, reviewer, muscle):
    sign_off(muscle, reviewer)
    url = url_of(Muscle, "change", muscle.pk)

    response = as_admin.post(url, typed_page(as_admin.get(url)))

    muscle.refresh_from_db()
    assert response.status_code == 302
    assert (muscle.edited_by, muscle.reviewed_by) == (None, reviewer)


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


@pytest.mark.parametrize("model", [TreatmentSession, Needling, Measurement, FollowUp, Amendment])
def test_the_admin_s_lists_say_what_was_entered_in_error(as_admin, admin, patient, physiotherapist, model):
    measurement = Measurement(kind="grip", side="left", before=300, after=310, unit="newton")
    signed = make_signed(patient, by=physiotherapist, measurements=[measurement])
    record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), pain=3)
    amend_session(signed, by=physiotherapist, text="By mistake", reason="Mistake", proof="PIN", id=uuid.uuid4())
    mark = mark_in_error(signed, by=physiotherapist, reason="Wrong chart", proof="PIN", asked=admin)
    column = '<td class="field-in_error">Entered in error</td>'
    assert column not in as_admin.get(url_of(model)).text

    confirm_error_mark(mark, by=admin, proof="PIN")

    assert as_admin.get(url_of(model)).text.count(column) == 1


def test_the_admin_s_list_of_follow_ups_says_which_one_was_entered_in_error(as_admin, patient, physiotherapist):
    signed = make_signed(patient, by=physiotherapist)
    by = {"by": physiotherapist, "contacted_at": timezone.now()}
    wrong, _ = record_follow_up(signed, pain=9, **by), record_follow_up(signed, pain=3, **by)

    mark_in_error(wrong, by=physiotherapist, reason="Another patient", proof="PIN")

    assert as_admin.get(url_of(FollowUp)).text.count('<td class="field-in_error">Entered in error</td>') == 1

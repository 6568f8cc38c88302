"""Whatever amendments correct, every reader of a session uses the same values: chart, set-up, export and figures."""

import csv
import io
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from patients.services import open_episode
from tests import people
from tests.treatments.builders import make_draft, make_muscle, make_needle, make_needling, make_signed
from treatments import chart
from treatments.catalogue.lots import uses_of
from treatments.chart.last_time import history_before
from treatments.chart.progress import progress_of
from treatments.chart.timeline import needling_sessions_of, needlings_of, sessions_of, timeline_page
from treatments.models import Correction, Course, Needle, Needling, SessionFact, TreatmentSession
from treatments.outcomes.export import export_csv
from treatments.record.corrections import as_corrected, rows_for_page
from treatments.services import copy_setup, rebuild_summaries

from .test_corrections import correct, is_whole, missing_row, of_row, of_session, stored, summaries

pytestmark = pytest.mark.both_engines
Kind = Correction.Kind
SLUGS = ["trapezius-upper", "infraspinatus", "splenius-capitis"]
MUSCLE, SIDE, LOT = st.integers(0, 2), st.sampled_from(["left", "right", "midline"]), st.sampled_from(["L1", "L2"])
DEPTH, PAIN = st.integers(1, 40), st.integers(0, 10)
# What one amendment says: of the row with a number, of a row that was missing, or of the session.
STEP = st.one_of(
    st.tuples(st.just("row"), st.integers(0, 4), st.fixed_dictionaries({}, optional={
        "muscle": MUSCLE, "side": SIDE, "needle": LOT, "depth_mm": DEPTH,
    })),
    st.tuples(st.just("gone"), st.integers(0, 4)),
    st.tuples(st.just("missing"), MUSCLE, SIDE, LOT, DEPTH),
    st.tuples(st.just("session"), st.fixed_dictionaries({}, optional={
        "pain_before": PAIN, "pain_after": PAIN, "position": st.sampled_from(["prone", "supine"]),
    })),
)  # fmt: skip
AMENDMENTS = st.lists(st.lists(STEP, min_size=1, max_size=2), min_size=1, max_size=4)


class Model:
    """What a plain list knows of a session with two rows, whatever was corrected."""

    def __init__(self, session):
        self.session = session
        self.values = {"pain_before": 6, "pain_after": 4, "position": ""}
        rows = list(session.needlings.all())
        self.rows = [[row.pk, self.said_of(row)] for row in rows]
        self.named = {(row.pk, row.needle.lot) for row in rows}

    @staticmethod
    def said_of(row):
        return {"muscle": row.muscle.slug, "side": row.side, "lot": row.needle.lot, "depth_mm": row.depth_mm}

    def counting(self):
        return [said for _, said in self.rows]


class CorrectedAlikeTest(TestCase):
    def setUp(self):
        self.by = people.make_physiotherapist("p.one")
        self.muscles = [make_muscle(slug, slug.title()) for slug in SLUGS]
        first = make_needle()
        size = {"maker": "Agu", "diameter_mm": "0.25", "length_mm": 40, "expires_on": first.expires_on}
        self.lots = {"L1": first, "L2": Needle.objects.create(lot="L2", **size)}

    def amend(self, model, steps):
        changes, kept, touched = [], [list(row) for row in model.rows], set()
        for step in steps:
            kind, *said = step
            if kind == "session" and "session" not in touched:
                touched.add("session")
                changes.append(of_session(**said[0]))
                model.values |= said[0]
            if kind == "missing":
                muscle, side, lot, depth = said
                new = missing_row(muscle=self.muscles[muscle], side=side, needle=self.lots[lot], depth_mm=depth)
                changes.append(new)
                kept.append([new.row_id, {"muscle": SLUGS[muscle], "side": side, "lot": lot, "depth_mm": depth}])
                model.named.add((new.row_id, lot))
            if kind in ("row", "gone") and model.rows:
                key, now = model.rows[said[0] % len(model.rows)]
                if key in touched:
                    continue
                touched.add(key)
                row = next(row for row in model.session.needlings.all() if row.first_id == key)
                if kind == "gone":
                    changes.append(of_row(row, Kind.DID_NOT_HAPPEN))
                    kept = [one for one in kept if one[0] != key]
                    continue
                values = dict(said[1])
                told = {"lot": values["needle"]} if "needle" in values else {}
                told |= {name: values[name] for name in ("side", "depth_mm") if name in values}
                told |= {"muscle": SLUGS[values["muscle"]]} if "muscle" in values else {}
                if "muscle" in values:
                    values["muscle"] = self.muscles[values["muscle"]]
                if "needle" in values:
                    values["needle"] = self.lots[values["needle"]]
                    model.named.add((key, told["lot"]))
                changes.append(of_row(row, **values))
                kept = [[one, said | told if one == key else said] for one, said in kept]
        model.rows = kept
        correct(model.session, *changes, by=self.by, text="Read again")

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(amendments=AMENDMENTS)
    def test_every_reader_uses_the_same_values(self, amendments):
        patient = people.make_patient(by=self.by, given_name=uuid.uuid4().hex[:8])
        episode = open_episode(patient, by=self.by, complaint="Neck pain", region="neck")
        rows = [make_needling(self.muscles[0]), make_needling(self.muscles[0], side="left", sort_order=1)]
        signed = stored(make_signed(patient, by=self.by, episode=episode, days_ago=3, needlings=rows))
        model = Model(signed)

        for steps in amendments:
            self.amend(model, steps)

        self.check_the_record(model)
        self.check_the_chart(model, patient, episode)
        self.check_the_export(model)
        self.check_the_summaries(model)
        self.check_the_next_session(model, patient, episode)
        assert is_whole()

    def check_the_record(self, model):
        session = stored(model.session)
        assert [Model.said_of(row) for row in session.needlings.all()] == model.counting()
        shown = [row for row in rows_for_page(session, Needling) if row.state != Kind.DID_NOT_HAPPEN]
        assert [Model.said_of(row) for row in shown] == model.counting()
        counts = as_corrected(session)
        assert {name: getattr(counts, name) for name in model.values} == model.values
        named = {
            (use.first_id, lot) for lot, needle in self.lots.items() for use in uses_of(needle).filter(session=session)
        }
        assert named == model.named

    def check_the_chart(self, model, patient, episode):
        places = {(said["muscle"], said["side"]) for said in model.counting()}
        change = model.values["pain_after"] - model.values["pain_before"]
        heats = chart.heat_map(needlings_of(patient))
        assert {(heat.slug, heat.side): heat.mean_change for heat in heats} == dict.fromkeys(places, change)
        (score,) = chart.pain_scores_of(needling_sessions_of(patient))
        assert (score.before, score.after) == (model.values["pain_before"], model.values["pain_after"])
        assert score.is_corrected == ((score.before, score.after) != (6, 4))
        responses = progress_of(episode).responses
        assert {(one.slug, one.side) for one in responses} == places
        (entry,) = timeline_page(patient, sessions_of(patient)).entries
        assert [Model.said_of(row) for row in entry.session.needlings.all()] == model.counting()
        assert (entry.session.pain_before, entry.session.pain_after) == (score.before, score.after)

    def check_the_export(self, model):
        lines = "".join(export_csv(TreatmentSession.objects.filter(pk=model.session.pk), identified=False))
        lines = list(csv.DictReader(io.StringIO(lines.lstrip("\ufeff"))))
        names = {slug.title(): slug for slug in SLUGS}
        exported = [
            (names[line["muscle"]], line["side"].lower(), int(line["depth"])) for line in lines if line["muscle"]
        ]
        assert exported == [(said["muscle"], said["side"], said["depth_mm"]) for said in model.counting()]
        for line in lines:
            assert (line["pain_before"], line["pain_after"]) == (
                str(model.values["pain_before"]),
                str(model.values["pain_after"]),
            )

    def check_the_summaries(self, model):
        fact = SessionFact.objects.get(session=model.session)
        assert fact.change == model.values["pain_after"] - model.values["pain_before"]
        course = Course.objects.get(patient=model.session.patient_id)
        assert course.pain_first == model.values["pain_before"]
        keys = set(course.keys.filter(axis="muscle").values_list("key", flat=True))
        assert keys == {
            str(muscle.pk) for muscle in self.muscles if muscle.slug in {s["muscle"] for s in model.counting()}
        }
        kept = summaries()
        rebuild_summaries()
        assert summaries() == kept

    def check_the_next_session(self, model, patient, episode):
        draft = stored(make_draft(patient, by=self.by, episode=episode))
        draft.needlings.all().delete()
        history = history_before(draft)
        assert [Model.said_of(row) for row in history.last_rows] == model.counting()
        copied = copy_setup(draft, by=self.by)
        assert [Model.said_of(row) for row in copied.needlings.all()] == model.counting()
        if model.counting():
            assert copied.position == model.values["position"]

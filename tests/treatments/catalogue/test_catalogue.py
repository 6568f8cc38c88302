import csv
import re
import shutil

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.models import TrailEntry
from treatments.evidence.not_needled import not_needled
from treatments.models import Muscle, Threshold, TriggerPoint
from treatments.services import load_catalogue
from treatments.services.catalogue import CATALOGUE

pytestmark = pytest.mark.both_engines

CHARTS = settings.BASE_DIR / "templates" / "bodychart"
VIEW_BOX = {"anterior": (400, 900), "posterior": (400, 900), "head_neck_lateral": (300, 300)}


@pytest.fixture
def catalogue(db):
    return load_catalogue()


@pytest.fixture
def own_files(tmp_path):
    return shutil.copytree(CATALOGUE, tmp_path / "data")


def test_load_catalogue_brings_all_rows(catalogue):
    counts = [loaded.created for loaded in catalogue]

    assert counts[:3] == [159, 84, 156]
    assert (Muscle.objects.count(), TriggerPoint.objects.count()) == (159 + 84, 156)
    assert Threshold.objects.count() == counts[3]


def test_load_catalogue_twice_changes_nothing(catalogue):
    before = [list(model.objects.order_by("pk").values()) for model in (Muscle, TriggerPoint, Threshold)]

    again = load_catalogue()

    assert [(loaded.created, loaded.updated) for loaded in again] == [(0, 0)] * 4
    assert [list(model.objects.order_by("pk").values()) for model in (Muscle, TriggerPoint, Threshold)] == before


def test_load_catalogue_asks_the_database_a_handful_of_times(catalogue, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        load_catalogue()


def test_load_catalogue_updates_a_row_nobody_touched(catalogue, own_files):
    _replace(own_files / "muscles.csv", "Musculus infraspinatus", "M. infraspinatus")

    muscles, *_ = load_catalogue(folder=own_files)

    assert (muscles.updated, muscles.created) == (1, 0)
    assert Muscle.objects.get(slug="infraspinatus").name_latin == "M. infraspinatus"


@pytest.mark.parametrize("mark", ["edited", "reviewed"])
def test_load_catalogue_leaves_a_row_the_clinic_touched(catalogue, own_files, admin, mark):
    Muscle.objects.filter(slug="infraspinatus").update(
        caution="Ours", **{f"{mark}_at": timezone.now(), f"{mark}_by": admin}
    )

    muscles, *_ = load_catalogue()

    assert muscles.kept == ["infraspinatus"]
    assert Muscle.objects.get(slug="infraspinatus").caution == "Ours"


def test_load_catalogue_fills_names_and_identifiers_that_an_edited_row_lacks(catalogue, admin):
    muscle = Muscle.objects.get(slug="infraspinatus")
    loaded = {name: getattr(muscle, name) for name in ("plain_words", "search_words", "uberon", "fma")}
    Muscle.objects.filter(pk=muscle.pk).update(
        **dict.fromkeys(loaded, ""), name_latin="Ours", caution="", edited_at=timezone.now(), edited_by=admin
    )
    add_audit_entry(TrailEntry.Action.CHANGE, by=admin, record=muscle, changes={"search_words": ["x", ""]})

    muscles, *_ = load_catalogue()

    muscle.refresh_from_db()
    assert (muscles.filled, muscles.kept) == (1, ["infraspinatus"])
    assert all(loaded.values())
    assert {name: getattr(muscle, name) for name in loaded} == loaded | {"search_words": ""}  # emptied by hand
    assert (muscle.name_latin, muscle.caution) == ("Ours", "")
    assert load_catalogue()[0].filled == 0


def test_load_catalogue_with_a_bad_row_loads_nothing(db, own_files):
    _replace(own_files / "thresholds.csv", ",much_better,2,points,", ",enormous,2,points,")

    with pytest.raises(ValidationError, match="thresholds.csv, line 4"):
        load_catalogue(folder=own_files)

    assert Muscle.objects.count() == 0


def test_load_catalogue_with_an_unknown_muscle_names_the_line(db, own_files):
    _replace(own_files / "trigger_points.csv", "temporalis,TrP1", "temporaliss,TrP1")

    with pytest.raises(ValidationError, match="trigger_points.csv, line 4: There is no muscle 'temporaliss'"):
        load_catalogue(folder=own_files)


def test_load_catalogue_with_a_row_twice_names_the_line(db, own_files):
    _replace(own_files / "trigger_points.csv", "temporalis,TrP2", "temporalis,TrP1")

    with pytest.raises(ValidationError, match="trigger_points.csv, line 5: This row appears twice"):
        load_catalogue(folder=own_files)


def test_load_catalogue_command_prints_counts(db, capsys):
    call_command("load_catalogue")

    assert "muscles.csv: 159 created" in capsys.readouterr().out


def test_load_catalogue_command_says_what_is_wrong(db, own_files):
    _replace(own_files / "muscles.csv", ",head_face,", ",heads,")

    with pytest.raises(CommandError, match="Nothing was loaded. muscles.csv, line 2"):
        call_command("load_catalogue", folder=own_files)


def test_every_muscle_is_on_the_drawing(catalogue):
    drawn = set()
    for chart in CHARTS.glob("*.svg"):
        drawn |= set(re.findall(r'data-muscle="([^"]+)"', chart.read_text(encoding="utf-8")))

    with_points = Muscle.objects.exclude(trigger_points=None)
    assert set(with_points.values_list("slug", flat=True)) - drawn == set()


def test_every_point_lies_on_the_right_half_of_its_view(catalogue):
    outside = [
        point
        for point in TriggerPoint.objects.all()
        if not (0 < point.x < VIEW_BOX[point.view][0] and 0 < point.y < VIEW_BOX[point.view][1])
    ]

    assert outside == []


def test_pelvic_muscles_are_restricted(catalogue):
    restricted = Muscle.objects.filter(restricted=Muscle.Restriction.PELVIC_CONSENT)
    pelvic = Muscle.objects.filter(region="pelvis_perineum")

    assert pelvic.filter(kind="muscle").count() == 9
    assert set(restricted) == {*pelvic, Muscle.objects.get(slug="obturator-internus")}


def test_most_muscles_have_a_free_identifier_and_none_appears_twice(catalogue):
    without = Muscle.objects.filter(kind="muscle", uberon="", fma="").exclude(region="")
    identifiers = [value for pair in Muscle.objects.values_list("uberon", "fma") for value in pair if value]

    assert without.count() == 8
    assert all(re.fullmatch(r"(UBERON|FMA):\d+", value) for value in identifiers)


def test_thorax_flags_stand_where_the_caution_names_the_lung(catalogue):
    flagged = set(Muscle.objects.filter(pneumothorax_risk=True).values_list("slug", flat=True))

    assert len(flagged) == 46
    assert flagged == {
        muscle.slug
        for muscle in Muscle.objects.all()
        if re.search(r"pleura|lung|rib cage", muscle.caution, re.IGNORECASE)
        and muscle.slug != "multifidus-lumborum"  # the pleura is near at T12 to L2 only, and the flag has no level
    }


def test_parts_of_one_muscle_are_billed_once(catalogue):
    parts = Muscle.objects.filter(slug__startswith="trapezius-")

    assert list(parts.values_list("billing_muscle", flat=True)) == ["Trapezius"] * 3


def test_pain_course_threshold_is_two_points(catalogue):
    threshold = Threshold.objects.in_use().get(measure="nprs", is_on_pain_course=True)

    assert (threshold.value, threshold.unit, threshold.kind) == (2, "points", "much_better")
    assert threshold.source == "[@salaffi-2004]"


def test_every_row_names_its_source_or_says_that_it_has_none(catalogue):
    entries = [entry for model in (Muscle, TriggerPoint, Threshold) for entry in model.objects.all()]

    sources = [entry.source for entry in [*entries, *not_needled()]]
    assert [source for source in sources if not re.search(r"\[@|unsourced|memory", source, re.I)] == []


def _replace(path, old, new):
    """Change the first occurrence in a file, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_csv_files_have_only_fields_of_the_models():
    for name, model in (("muscles", Muscle), ("trigger_points", TriggerPoint), ("thresholds", Threshold)):
        with (CATALOGUE / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
            columns = set(csv.DictReader(lines).fieldnames) - {"muscle_slug"}
        assert columns <= {field.name for field in model._meta.concrete_fields}

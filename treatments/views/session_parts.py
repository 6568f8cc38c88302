"""What is equal on the page of every session: drawings, blank rows and the catalogue, as one script that browsers keep.

The script's address names its content, so that a browser asks for it again only after something has changed.
"""

import json
from hashlib import sha256

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.html import escape
from django.views.decorators.http import require_safe

from patients.integrity.authorization import page_needs
from treatments.catalogue.lookup import Catalogue
from treatments.chart.detail_views import DETAIL_VIEWS
from treatments.evidence.advice import advice_words
from treatments.evidence.depth import NOTHING_KNOWN
from treatments.evidence.reviews import reviews_in_force
from treatments.forms.free_entry import FreeEntryForm
from treatments.forms.measurement import MeasurementForm
from treatments.forms.needling import NeedlingForm
from treatments.forms.reaction import ReactionForm
from treatments.forms.record import REVIEWED
from treatments.models import AdverseEvent, Muscle, TriggerPoint
from treatments.models.catalogue import View
from treatments.permissions import may_write_sessions
from treatments.templatetags.evidence import depth_parts, groups_of_muscles, not_needled_words
from treatments.templatetags.session_tags import reaction_chip

# Parts of the body chart to zoom in on. Their positions are in static/js/session/chart.js.
ZOOMS = [("upper", "Neck–back"), ("low", "Hip–leg"), ("whole", "Whole")]
CHART = {
    "views": View.choices,
    "zooms": ZOOMS,
    "chart_choices": [*View.choices, ("details", "Details")],
    "chart_sides": [("right", "Right side"), ("left", "Left side")],
    "details": DETAIL_VIEWS,
}

_made = {}  # {everything in the database that the parts depend on: (version, script)}, the latest only


@require_safe
@page_needs(may_write_sessions)
def session_parts(request, version):
    current, script = parts_now()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    if version == current:
        response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def parts_now(reviews=None):
    """(version, script) of the parts as they are now. `reviews` is the result of reviews_in_force, if it is known."""
    if reviews is None:
        reviews = reviews_in_force(*REVIEWED)
    muscles = tuple(Muscle.objects.active().values_list())
    points = tuple(TriggerPoint.objects.in_order().values_list("pk", "muscle_id", "label"))
    key = muscles, points, tuple(review.pk for review in reviews.values())
    if (made := _made.get(key)) is None:
        made = _make(muscles, points, reviews)
        _made.clear()
        _made[key] = made
    return made


def _make(muscles, points, reviews):
    catalogue = Catalogue.of(
        [Muscle(*row) for row in muscles],
        [TriggerPoint(pk=pk, muscle_id=muscle, label=label) for pk, muscle, label in points],
    )
    script = f"globalThis.sessionParts = {json.dumps(_parts(catalogue, reviews))};"
    return sha256(script.encode()).hexdigest()[:12], script


def _parts(catalogue, reviews):
    blank = Catalogue.of([], [])
    row = {"form": NeedlingForm(row_id="__id__", catalogue=blank), "number": "", "row_id": "__id__"}
    bases = [entry for entry in catalogue.muscles.all().values() if not entry.region]
    return {
        "chart": render_to_string("treatments/_session_chart.html", CHART),
        "row": render_to_string("treatments/_needling_row.html", row),
        "measurement": render_to_string(
            "treatments/_measurement_row.html",
            {"form": MeasurementForm(row_id="__id__", catalogue=blank), "row_id": "__id__"},
        ),
        "freeEntry": render_to_string("treatments/_free_entry.html", {"form": FreeEntryForm(bases=bases)}),
        "reactions": {form.prefix: reaction_chip(form) for form in map(ReactionForm.blank, AdverseEvent.Type)},
        "muscles": catalogue.as_json(),
        "groups": groups_of_muscles(reviews),
        "notNeedled": not_needled_words(reviews),
        "depths": depth_parts(reviews),
        "meanIsNoLimit": escape(advice_words("mean-is-no-limit", reviews)),
        "nothingKnown": NOTHING_KNOWN,
    }

"""Whether the reasons for the treatment were recorded: item 1b of STRICTA [@stricta-2010].

The reasons themselves are free text, which no export contains.
"""

import json
from collections import defaultdict

from django.db.models import OuterRef, Subquery

from treatments.models import Assessment, Correction, ProtocolUse

from .column import MISSING, ExportColumn


def add_reasons(visits, using):
    """Set `hypotheses` and `has_protocol` of {key of a session: ExportedVisit}. Two queries."""
    of_episode = _hypotheses({visit.session.counted_episode for visit in visits.values()} - {None}, using)
    uses = ProtocolUse.objects.using(using).filter(session__in=list(visits), undone_at=None)
    with_protocol = set(uses.order_by().values_list("session", flat=True))
    for key, visit in visits.items():
        began = of_episode[visit.session.counted_episode]
        visit.has_hypothesis = any(started_at <= visit.session.started_at for started_at in began)
        visit.has_protocol = key in with_protocol


def _hypotheses(episodes, using):
    """{key of an episode: when its signed assessments with a working hypothesis, as corrected, began}."""
    latest = Correction.objects.filter(amendment__assessment=OuterRef("pk"), field="hypothesis")
    corrected = Subquery(latest.order_by("-amendment__number", "-number").values("value")[:1])
    assessments = Assessment.objects.using(using).counting().signed().filter(episode__in=episodes).order_by()
    found = defaultdict(list)
    for row in assessments.annotate(corrected=corrected).values_list(
        "episode", "started_at", "hypothesis", "corrected", named=True
    ):
        if (row.hypothesis if row.corrected is None else json.loads(row.corrected)).strip():
            found[row.episode].append(row.started_at)
    return found


def _recorded(is_recorded):
    return "Yes" if is_recorded else MISSING


OF_REASONS = [
    ExportColumn(
        "reasons",
        "",
        f"Whether the session says why dry needling, and why these muscles: Yes, or “{MISSING}”. The text is on the"
        " case report of the session.",
        lambda visit: _recorded(visit.session.rationale.strip()),
        choices=("Yes", MISSING),
    ),
    ExportColumn(
        "hypothesis",
        "",
        "Whether a signed assessment of the episode, begun by the time of the session, has a working hypothesis: Yes,"
        f" or “{MISSING}”. The text is in the assessment.",
        lambda visit: _recorded(visit.has_hypothesis),
        choices=("Yes", MISSING),
    ),
    ExportColumn(
        "protocol",
        "",
        "Whether rows of the session were set up with a protocol that is kept in Filiform.",
        lambda visit: "Yes" if visit.has_protocol else "No",
        choices=("Yes", "No"),
    ),
]

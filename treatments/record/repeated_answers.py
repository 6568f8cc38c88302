"""Cautions of a draft that can be answered again as they were in the patient's last session."""

from collections import defaultdict

from treatments.models import TreatmentSession, WarningAnswer

# What must be as it was last time in the row that a caution is about. The text of a caution need not name all of it.
SAME_ROW = ["muscle_id", "side", "trigger_point_id", "location", "depth_mm", "technique"]


def answers_of_last_time(session, statuses, needlings):
    """[(SafetyWarning, WarningAnswer of last time)] for the open cautions among these WarningStatuses.

    Last time is the patient's latest signed session with needling before this one, of whatever episode; one that was
    entered in error does not count. A caution is the same if its rule and all of its words are, and if it is about the
    session as a whole or about a row that is as it was: the values of SAME_ROW. `needlings` are the rows as they are
    now. A row that was corrected since is not as it was. Where several answers of last time fit and differ, none is
    offered. A stop is never answered again in this way. One query, and none without an open caution.
    """
    cautions = [each.warning for each in statuses if each.is_open and each.warning.level == WarningAnswer.Level.CAUTION]
    if not cautions:
        return []
    about = {row.pk: _about(row) for row in needlings} | {None: None}
    answers = defaultdict(dict)
    for answer in _cautions_of_last_time(session):
        words = answer.key, answer.level, answer.title, answer.sentence, answer.source
        answers[words, answer.needling and _about(answer.needling)].setdefault(answer.reason, answer)
    fitting = [(each, answers.get(((each.key, *each.words), about[each.needling_id]), {})) for each in cautions]
    return [(warning, *found.values()) for warning, found in fitting if len(found) == 1]


def _cautions_of_last_time(session):
    earlier = TreatmentSession.objects.counting().signed().with_needling().exclude(pk=session.pk)
    earlier = earlier.filter(patient_id=session.patient_id, started_at__lte=session.started_at)
    answers = WarningAnswer.objects.filter(session=earlier.latest_first().values("pk")[:1])
    answers = answers.filter(level=WarningAnswer.Level.CAUTION, needling__replaced_by=None)
    return answers.select_related("needling", "acknowledged_by")


def _about(row):
    return tuple(getattr(row, field) for field in SAME_ROW)

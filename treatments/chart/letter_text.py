"""The first draft of a letter: what the record of an episode says, in words for other clinicians.

This module only reads. Nothing is added to the record: the text says what is not recorded. Corrected values are used
and marked. Records that were entered in error or withdrawn, and drafts, are left out; drafts are named as left out.
"""

from collections import Counter

from django.utils import timezone
from django.utils.formats import date_format

from patients.sources import Source, cited_in_words, split_citations
from treatments.chart import pain_scores_of
from treatments.chart.progress import before_visit
from treatments.chart.timeline import needling_sessions_of
from treatments.models import AdverseEvent, Assessment, Letter, Needling, Threshold, TreatmentSession, with_rows
from treatments.models.letter import LONGEST_BODY
from treatments.record.corrections import as_corrected, with_amendments

CORRECTED = " (corrected)"
MOST_DATES = 12
CUT = "\n\nThe text was cut here, because the record is longer than a letter can be."
# What a technique is called outside physiotherapy.
TECHNIQUES = {
    Needling.Technique.PISTONING: "needle moved in and out (pistoning)",
    Needling.Technique.STATIC: "needle left in place (static)",
    Needling.Technique.SUPERFICIAL: "superficial needling",
    Needling.Technique.ELECTRICAL: "electrical stimulation through the needles",
}
CHANGES_IN = {"%": "percentage points"}


def first_draft(episode, kind, *, author):
    """(subject, body) of a new letter of this kind about an episode, which has its patient loaded, by a Practitioner.

    The number of queries does not depend on the number of sessions.
    """
    signed = TreatmentSession.objects.counting().signed().of_complaint(episode).order_by("started_at", "pk")
    sessions = [as_corrected(one) for one in with_amendments(with_rows(signed))]
    parts = [
        ("Complaint", _complaint(episode)),
        ("Assessment", _assessment(episode)),
        ("Treatment", _treatment(episode, sessions)),
        ("Reactions and adverse events", _events(sessions)),
        ("Outcome measures", _outcomes(episode)),
        ("Plan and advice", _plan(sessions)),
    ]
    if kind == Letter.Kind.DISCHARGE:
        parts += [
            ("Exercises", _exercises(episode.patient)),
            ("End of treatment", _closing(episode)),
            ("Recommendation", ["No recommendation is recorded."]),
        ]
    if words := _added_in_words(sessions):
        parts.append(("Added to signed records", words))
    texts = ["Dear colleague,", *("\n".join([title, *lines]) for title, lines in parts), _close(author)]
    return _subject(episode, kind), _fitting("\n\n".join(texts))


def _fitting(body):
    if len(body) <= LONGEST_BODY:
        return body
    return f"{body[: LONGEST_BODY - len(CUT)]}{CUT}"


def _subject(episode, kind):
    what = "Discharge summary" if kind == Letter.Kind.DISCHARGE else "Physiotherapy with dry needling"
    return f"{what}: {episode.complaint}"[: Letter._meta.get_field("subject").max_length]


def _complaint(episode):
    named = [episode.complaint, episode.condition_name if episode.condition else "", episode.code_text]
    onset = episode.onset_text or "not recorded"
    lines = [". ".join(filter(None, named)) + ".", f"Onset: {onset}."]
    if episode.mechanism:
        lines.append(f"How it began: {episode.mechanism}")
    if episode.goals:
        lines.append(f"Goals: {episode.goals}")
    return lines


def _assessment(episode):
    """The latest signed assessment, with what was added to it in words."""
    signed = Assessment.objects.counting().signed().filter(episode=episode)
    found = with_amendments(signed.latest_first()).first()
    if found is None:
        return ["No signed assessment is recorded."]
    latest = as_corrected(found)
    flags = latest.get_red_flags_display().lower()
    if latest.red_flags_detail:
        flags += f": {latest.red_flags_detail}"
    mark = {name: CORRECTED if name in latest.was else "" for name in ("findings", "hypothesis")}
    flags += CORRECTED if {"red_flags", "red_flags_detail"} & latest.was.keys() else ""
    return [
        f"On {_date(latest.started_at)}.",
        f"Red flags: {flags}.",
        f"Findings: {latest.findings or 'not recorded'}{mark['findings']}",
        f"Working hypothesis: {latest.hypothesis or 'not recorded'}{mark['hypothesis']}",
        *(f"Added on {_date(each.signed_at)}: {each.text}" for each in latest.notes),
    ]


def _treatment(episode, sessions):
    needled = [session for session in sessions if session.is_with_needling]
    drafts = TreatmentSession.objects.drafts().of_complaint(episode).counting().order_by("started_at")
    lines = _visits(episode, needled) if sessions else ["No signed session is recorded."]
    if others := [session for session in sessions if not session.is_with_needling]:
        days = [f"{_date(one.started_at)} ({one.get_visit_kind_display().lower()})" for one in others]
        lines.append(f"Without needling: {', '.join(days)}.")
    if needled:
        lines += [*_muscles(needled), _techniques(needled)]
    if also := _union(session.co_treatment_labels for session in sessions):
        mark = CORRECTED if any("co_treatments" in session.was for session in sessions) else ""
        lines.append(f"Also: {', '.join(also).lower()}{mark}.")
    if left_out := [_date(started_at) for started_at in drafts.values_list("started_at", flat=True)]:
        lines.append(f"Not included, because the record is not signed yet: {', '.join(left_out)}.")
    return lines


def _visits(episode, needled):
    if not needled:
        return ["No session with dry needling is recorded."]
    days = [_date(session.started_at) for session in needled]
    count = f"{_count(len(days), 'session')} with dry needling, of {episode.planned_sessions} planned"
    is_long = len(days) > MOST_DATES
    lines = [f"{count}, from {days[0]} to {days[-1]}." if is_long else f"{count}: {', '.join(days)}."]
    stopped = [_date(session.started_at) for session in needled if not session.is_full_needling]
    return [*lines, f"Stopped early: {', '.join(stopped)}."] if stopped else lines


def _muscles(needled):
    """A line for each target and side, with the number of sessions in which it was needled."""
    counts, corrected = Counter(), set()
    for session in needled:
        rows = [row for row in session.needlings.all() if row.insertions]
        counts.update({(row.target_name, row.get_side_display().lower()) for row in rows})
        corrected |= {(row.target_name, row.get_side_display().lower()) for row in rows if row.is_corrected}
    if not counts:
        return ["No needled muscle is recorded."]
    found = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        "Needled:",
        *(
            f"- {name}, {side}: {_count(number, 'session')}{CORRECTED if (name, side) in corrected else ''}"
            for (name, side), number in found
        ),
    ]


def _techniques(needled):
    rows = [row for session in needled for row in session.needlings.all() if row.insertions]
    used = Counter(row.technique for row in rows if row.technique)
    words = [TECHNIQUES[technique] for technique, _ in used.most_common()]
    return f"Technique: {', '.join(words) or 'not recorded'}."


def _events(sessions):
    asked = [session for session in sessions if session.is_with_needling]
    if not asked:
        return ["No session with dry needling is recorded."]
    events = AdverseEvent.objects.counting().filter(session__in=sessions).with_state().select_related("session")
    events = list(events.prefetch_related("reports").order_by("session__started_at", "recorded_at", "pk"))
    quiet = [session for session in asked if session.no_reaction]
    lines = [f"No reaction during {len(quiet)} of {_count(len(asked), 'session')}, after asking and checking."]
    lines += [f"- {_event(event)}" for event in events]
    return lines if events else [*lines, "No adverse event is recorded."]


def _event(event):
    latest = max(event.reports.all(), key=lambda report: report.number, default=event)
    when = "after the session" if event.appeared_later else "during the session"
    facts = [
        f"{event.state_text}, {when} of {_date(event.session.started_at)}",
        latest.action and f"what was done: {latest.action}",
        latest.outcome and f"outcome: {latest.outcome}",
        latest.resolved_on and f"resolved on {_day(latest.resolved_on)}",
        "still open" if event.is_open else "",
    ]
    return "; ".join(fact.rstrip(".") for fact in facts if fact) + "."


def _outcomes(episode):
    """The first and the latest score of each measure, with the published thresholds that apply."""
    scores = pain_scores_of(needling_sessions_of(episode.patient, episode))
    thresholds = list(Threshold.objects.in_use())
    known = before_visit(episode.patient, episode, last=None, heats=[], scores=scores, thresholds=thresholds)
    lines = [line for course in known.outcomes for line in (_course(course), *_thresholds(_targets(course)))]
    used = [target.threshold for course in known.outcomes for target in _targets(course)]
    return [*lines, *_sources(used)] or ["No outcome measure is recorded."]


def _course(course):
    """The first and the latest score of a MeasureCourse, and the change between them."""
    if course.scale.rates_change:
        return f"- {course.name}: {_value(course.latest, course)}."
    if course.change is None:
        return f"- {course.name}: {_value(course.latest, course)}; recorded once."
    size = _number(abs(course.change), course)
    unit = CHANGES_IN.get(course.scale.unit, course.scale.unit)
    unit = unit.removesuffix("s") if size == "1" else unit
    change = f"{size} {unit} {course.verdict}" if course.change else course.verdict
    said = f"first {_value(course.first, course)}, latest {_value(course.latest, course)}: {change}"
    return f"- {course.name} ({course.scale.direction}): {said}."


def _targets(course):
    """The Targets of a course that can be reached or not: none if it has only one score."""
    is_known = course.change is not None or course.scale.rates_change
    return [target for target in course.targets if is_known and target.value is not None]


def _thresholds(targets):
    """A line for each kind of threshold, with every published one that fits the course."""
    by_kind = {}
    for target in targets:
        by_kind.setdefault(target.threshold.get_kind_display().lower(), []).append(_target(target))
    return [f"  Published {kind}: {'; '.join(texts)}." for kind, texts in by_kind.items()]


def _value(point, course):
    mark = CORRECTED if point.is_corrected else ""
    return f"{_number(point.value, course)}{course.unit} on {_day(point.day)}{mark}"


def _number(value, course):
    number = f"{float(value):.{course.decimals}f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return number.replace("-", "\N{MINUS SIGN}")


def _target(target):
    threshold = target.threshold
    reached = f"reached on {_day(target.reached_on)}" if target.reached_on else "not reached"
    source = cited_in_words(threshold.source) or "no source"
    return f"{threshold.value.normalize():f} {threshold.unit} ({threshold.population}; {source}): {reached}"


def _sources(thresholds):
    """How many of these Thresholds were reviewed, and where they were published; no line without any."""
    reviewed = {threshold.pk: threshold.is_reviewed for threshold in thresholds}
    parts = [part for threshold in thresholds for part in split_citations(threshold.source)]
    sources = {part.key: part for part in parts if isinstance(part, Source) and part.doi}
    found = [f"{one.cite}, doi:{one.doi}" for one in sources.values()]
    counted = f"Thresholds reviewed by a clinician at this clinic: {sum(reviewed.values())} of {len(reviewed)}."
    return [counted] * bool(reviewed) + [f"Sources: {'; '.join(found)}."] * bool(found)


def _plan(sessions):
    if not sessions:
        return ["No signed session is recorded."]
    latest = sessions[-1]
    plan, advice = latest.plan.strip(), ", ".join(latest.advice_labels)
    return [
        f"At the last session, on {_date(latest.started_at)}:",
        f"Plan: {plan or 'not recorded'}{CORRECTED if 'plan' in latest.was else ''}",
        f"Advice: {advice or 'not recorded'}{CORRECTED if 'advice' in latest.was else ''}",
    ]


def _exercises(patient):
    current = patient.exercise_prescriptions.current().newest_first().select_related("exercise")
    return [f"- {one.exercise.name}: {one.dose}" for one in current] or ["No current exercise is recorded."]


def _closing(episode):
    if episode.closed_on is None:
        return ["The episode is open. No reason for closing it and no outcome are recorded."]
    reason = episode.closing_reason and f"Reason: {episode.get_closing_reason_display().lower()}."
    return [*filter(None, [f"Closed on {_day(episode.closed_on)}.", reason]), f"Summary: {episode.closing_summary}"]


def _added_in_words(sessions):
    """Amendments in words: they may say that something above is wrong."""
    return [
        f"- To the session of {_date(session.started_at)}, on {_date(note.signed_at)}: {note.text}"
        for session in sessions
        for note in session.notes
    ]


def _close(author):
    number = author.registration_number
    return f"Yours sincerely,\n\n{author}, physiotherapist{f', registration {number}' if number else ''}"


def _union(lists):
    return list(dict.fromkeys(item for one in lists for item in one))


def _count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def _date(moment):
    return _day(timezone.localdate(moment))


def _day(day):
    return date_format(day, "j M Y")

"""The page of the private link after a visit: birth date, warning signs, then pain, soreness and reactions.

After these the patient may answer the questionnaires of the complaint again.

Whoever has the link and knows the birth date can answer. The page says nothing of the treatment. As on the page of the
link to a visit, the secret in the address stands for a CSRF token.
"""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.diary.visit_links import sites_to_call
from clinic.models.feed import hash_token
from clinic.platform.rate_limit import count_try, tries_of
from clinic.views.visit_links import limited_and_unlisted
from patients.models.birth import BirthDate
from patients.views.answering import accepted
from treatments.chart.follow_up_answers import MOST_WRONG_DATES, questionnaires_to_ask, session_of_link
from treatments.forms.patient_answers import BirthDateForm, LinkItemsForm, PatientAnswersForm, WarningSignsForm
from treatments.record.follow_up_times import LAST
from treatments.record.warning_signs import is_emergency
from treatments.services import record_patient_answers, record_questions_opening, record_wrong_birth_date

FORMS = {
    "born_on": BirthDateForm,
    "signs": WarningSignsForm,
    "answers": PatientAnswersForm,
    "more": BirthDateForm,
    "questions": LinkItemsForm,
}


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited_and_unlisted
def after_visit_link(request, token):
    session = session_of_link(token, at=timezone.now())
    if session is None:
        return _over(request, 404)
    if request.method != "POST":
        return _page(request, session, "born_on", BirthDateForm())
    key = f"wrong-birth-date:{hash_token(token)}"
    if tries_of(key) >= MOST_WRONG_DATES:
        return _over(request, 429)
    step = request.POST.get("step") if request.POST.get("step") in FORMS else "born_on"
    chosen = {"chosen": questionnaires_to_ask(session)} if step == "questions" else {}
    # First the birth date: what is wrong with other answers is shown only to somebody who knows it.
    proof = BirthDateForm(request.POST)
    if proof.is_valid() and BirthDate(proof.cleaned_data["born_on"]) != session.patient.birth:
        count_try(key, seconds=int(LAST.total_seconds()))
        record_wrong_birth_date(session)
        proof.add_error("born_on", "This is not the date of birth in your record.")
    if not proof.is_valid():
        return _page(request, session, "born_on", proof, status=422)
    return _next(request, token, session, step, FORMS[step](request.POST, **chosen))


def _next(request, token, session, step, form):
    """Store what was answered and show the next step, or the same one with what is wrong."""
    if not form.is_valid():
        return _page(request, session, step, form, status=422)
    born_on = form.cleaned_data["born_on"]
    if step == "born_on":
        record_questions_opening(session)
        return _page(request, session, "signs", WarningSignsForm(initial={"born_on": born_on}))
    if step == "more":
        asked = LinkItemsForm(initial={"born_on": born_on}, chosen=questionnaires_to_ask(session))
        return _page(request, session, "questions" if asked.chosen else "done", asked)
    if step == "questions":
        is_stored = not form.chosen or accepted(form, record_patient_answers, token, **form.as_kwargs())
        return _page(request, session, "done" if is_stored else step, form, status=200 if is_stored else 422)
    signs = form.signs() if step == "signs" else form.cleaned_data["warning_signs"]
    answer = {"born_on": born_on, "id": form.cleaned_data["id"], "warning_signs": signs}
    if step == "answers":
        answer = form.as_kwargs()
    if (step == "answers" or signs) and not accepted(form, record_patient_answers, token, **answer):
        return _page(request, session, step, form, signs=signs, status=422)
    if step == "answers":
        return _page(request, session, "done", form, signs=signs)
    asked = PatientAnswersForm(initial={"born_on": born_on, "warning_signs": signs})
    return _page(request, session, "answers", asked, signs=signs)


def _page(request, session, step, form, *, signs=(), status=200):
    context = {
        "site": session.practitioner.site,
        "step": step,
        "form": form,
        "signs": signs,
        "is_emergency": is_emergency(signs),
        # Somebody with a warning sign must get help now, not answer questions.
        "has_more": step == "done" and not signs and bool(questionnaires_to_ask(session)),
        "until": session.started_at + LAST,
    }
    with timezone.override(session.practitioner.site.zone):
        response = render(request, "treatments/after_visit_link.html", context, status=status)
    response.is_recorded = True
    return response


def _over(request, status):
    """The same page for a wrong and an old link, and after many tries."""
    return render(request, "treatments/after_visit_link_over.html", {"sites": sites_to_call()}, status=status)

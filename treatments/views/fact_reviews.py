"""Which published facts nobody has reviewed, the review of one after the other, and sharing reviews."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from clinic.models import Site
from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from treatments.evidence.exchange import as_json, read_file
from treatments.evidence.registry import KINDS, NOTES, facts_of
from treatments.evidence.reviews import reviews_in_force, with_reviews
from treatments.forms.fact_reviews import LONGEST_CORRECTION, FactReviewForm, ReviewFileForm
from treatments.models import FactReview
from treatments.permissions import may_read_fact_reviews, may_review_facts
from treatments.services import import_fact_reviews, review_fact

FACTS_A_PAGE = 50
STATES = {"": "Not yet reviewed", "agreed": "Agreed", "corrected": "Corrected", "withdrawn": "Withdrawn"}


@require_safe
@page_needs(may_read_fact_reviews)
def fact_list(request):
    reviews = reviews_in_force()
    shown = {kind: with_reviews(facts_of(kind), reviews) for kind in KINDS}
    kind = request.GET.get("kind") if request.GET.get("kind") in KINDS else next(iter(KINDS))
    state = request.GET.get("state", "") if request.GET.get("state", "") in STATES else ""
    chosen = [one for one in shown[kind] if _state(one) == state]
    context = {
        "nav": "sources",
        "counts": [(key, KINDS[key], len(facts), _counts(facts)) for key, facts in shown.items()],
        "kind": kind,
        "kind_label": KINDS[kind],
        "note": NOTES.get(kind, ""),
        "state": state,
        "states": STATES.items(),
        "page": Paginator(chosen, FACTS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "treatments/fact_list.html", context)


def _counts(facts):
    """How many of these ShownFacts are in each state, in the order of STATES."""
    found = Counter(map(_state, facts))
    return [found[state] for state in STATES]


def _state(shown):
    return shown.review.verdict if shown.is_reviewed else ""


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_review_facts)
def fact_review(request):
    kind = request.GET.get("kind", next(iter(KINDS)))
    if kind not in KINDS:
        raise Http404
    reviews = reviews_in_force(kind)
    facts = with_reviews(facts_of(kind), reviews)
    shown = _asked_for(facts, request.GET.get("fact"))
    if shown is None:
        return redirect(f"{reverse('fact_list')}?{urlencode({'kind': kind})}")
    fact = shown.fact
    initial = {"fingerprint": fact.fingerprint}
    initial["correction"] = shown.words if len(shown.words) <= LONGEST_CORRECTION else ""
    initial["qualification"] = _last_qualification(request.user)
    form = FactReviewForm(request.POST or None, initial=initial)
    if form.is_valid() and accepted(form, review_fact, fact.fact_key, by=request.user, **form.cleaned_data):
        messages.success(request, f"Your review of {fact.about} is recorded.")
        return redirect(_next_address(kind, facts, fact))
    context = {
        "nav": "sources",
        "form": form,
        "shown": shown,
        "kind_label": KINDS[kind],
        "note": NOTES.get(kind, ""),
        "left": sum(not one.is_reviewed for one in facts),
        "skip": _next_address(kind, facts, fact),
        "history": FactReview.objects.filter(fact_key=fact.fact_key).latest_first(),
    }
    return render(request, "treatments/fact_review.html", context, status=422 if form.errors else 200)


def _asked_for(facts, key):
    """The ShownFact with this key; without a key the first that nobody has reviewed, or None. 404 for other keys."""
    if not key:
        return next((one for one in facts if not one.is_reviewed), None)
    for one in facts:
        if one.fact.fact_key == key:
            return one
    raise Http404


def _next_address(kind, facts, fact):
    """The address of the next fact after this one that nobody has reviewed; of the list after the last one."""
    after = [one.fact for one in facts[[one.fact for one in facts].index(fact) + 1 :] if not one.is_reviewed]
    if not after:
        return f"{reverse('fact_list')}?{urlencode({'kind': kind})}"
    return f"{reverse('fact_review')}?{urlencode({'kind': kind, 'fact': after[0].fact_key})}"


def _last_qualification(user):
    mine = FactReview.objects.filter(recorded_by=user, origin="").latest_first()
    return mine.values_list("qualification", flat=True).first() or ""


@require_safe
@page_needs(may_read_fact_reviews)
def fact_reviews_export(request):
    clinic = Site.objects.order_by("pk").values_list("name", flat=True).first() or "a clinic"
    text = as_json(FactReview.objects.latest_first(), clinic=clinic)
    name = f"fact-reviews-{localdate():%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_review_facts)
def fact_reviews_import(request):
    form, offered = ReviewFileForm(), None
    if request.method == "POST":
        form = ReviewFileForm(request.POST, request.FILES)
    if form.is_bound and form.is_valid():
        try:
            text = form.text()
            offered = read_file(text)
            if "take" in request.POST:
                taken = import_fact_reviews(text, by=request.user)
                messages.success(request, f"Reviews taken over: {taken}.")
                return redirect("fact_list")
            form = ReviewFileForm(initial={"content": text})
        except ValidationError as refusal:
            form.add_error(None, refusal)
    context = {"nav": "sources", "form": form, "offered": offered}
    context["new"] = sum(one.is_new for one in offered or [])
    return render(request, "treatments/fact_reviews_import.html", context, status=422 if form.errors else 200)

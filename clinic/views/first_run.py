"""The pages that lead through the set-up of a new clinic."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from clinic import first_run, services
from clinic.accounts.proof import recent_proof
from clinic.forms.first_run import (
    EmailTestForm,
    HoursForm,
    KindFormSet,
    PersonForm,
    RoomsForm,
    SiteForm,
    TreatsForm,
    like_monday,
    offered_kinds,
    week_of,
)
from clinic.models import AppointmentType, Practitioner, Site
from clinic.permissions import may_set_up_clinic
from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from patients.web.breaking import save_if_seen, seen_in

from .filters import number

set_up_required = page_needs(may_set_up_clinic)
form_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@set_up_required
def setup(request):
    """Go to the first step that is not done, or show that all of them are."""
    if to_do := first_run.open_steps():
        return redirect(to_do[0].url_name)
    return _page(request, "done", None)


@form_methods
@set_up_required
def setup_site(request):
    site = Site.objects.first() or Site()
    form = SiteForm(request.POST or None, instance=site, initial={} if site.pk else {"timezone": settings.TIME_ZONE})
    if form.is_valid():
        save = partial(services.save_site, site, by=request.user, **form.cleaned_data)
        if accepted(form, save_if_seen, save, seen=seen_in(request.POST)):
            return redirect("setup_rooms")
    return _page(request, "setup_site", form)


@form_methods
@set_up_required
def setup_rooms(request):
    sites = list(Site.objects.prefetch_related("rooms"))
    if not sites:
        return redirect("setup_site")
    wanted = number(request.POST or request.GET, "site")
    site = next((site for site in sites if site.pk == wanted), sites[0])
    form = RoomsForm(request.POST or None, initial={} if site.rooms.all() else {"names": "Room 1\nRoom 2"})
    if form.is_valid():
        services.add_rooms(site, by=request.user, names=form.cleaned_data["names"])
        return redirect("setup_kinds")
    return _page(request, "setup_rooms", form, sites=sites, site=site)


@form_methods
@set_up_required
def setup_kinds(request):
    formset = KindFormSet(request.POST or None, initial=offered_kinds())
    if request.method == "POST" and formset.is_valid():
        chosen = [form.fields_of_kind() for form in formset if form.cleaned_data.get("use")]
        services.add_visit_kinds(chosen, by=request.user)
        return redirect("setup_people")
    return _page(request, "setup_kinds", formset, kinds=AppointmentType.objects.all())


@form_methods
@set_up_required
def setup_people(request):
    if not Site.objects.exists():
        return redirect("setup_site")
    is_me = "treat_myself" in request.POST
    me = TreatsForm(request.POST if is_me else None, prefix="me") if _may_treat(request.user) else None
    form = PersonForm(request.POST if request.method == "POST" and not is_me else None)
    if is_me and me and me.is_valid():
        if _proved(request, me, services.become_practitioner, **me.practitioner()):
            return redirect("setup_people")
    elif form.is_valid() and (user := _add_person(request, form)):
        return _invited(request, user)
    return _page(request, "setup_people", form, me=me, people=_people())


@form_methods
@set_up_required
def setup_hours(request):
    people = list(Practitioner.objects.active().select_related("user", "site").prefetch_related("working_hours"))
    if not people:
        return redirect("setup_people")
    chosen = number(request.POST or request.GET, "person")
    person = next((person for person in people if person.pk == chosen), None) or _next_without_hours(people)
    like = next((other for other in people if other.pk == number(request.GET, "like")), person)
    week = week_of(like)
    if week_of(person) is None:
        return _page(request, "setup_hours", None, people=people, person=person)
    if "copy" in request.POST:
        form = HoursForm(initial=None, data=like_monday(request.POST), practitioner=person)
        form.is_valid()
        return _page(request, "setup_hours", form, people=people, person=person, is_copied=True)
    form = HoursForm(request.POST or None, initial=week, practitioner=person)
    if request.method == "POST" and form.is_valid():
        save = partial(services.save_weekly_hours, person, by=request.user, periods=form.periods)
        if accepted(form, save_if_seen, save, seen=seen_in(request.POST)):
            messages.success(request, f"Saved the hours of {person}.")
            return _after_hours(people, person)
    return _page(request, "setup_hours", form, people=people, person=person)


@form_methods
@set_up_required
def setup_email(request):
    if not Site.objects.exists():
        return redirect("setup_site")
    if "arrived" in request.POST:
        services.confirm_email_works(by=request.user)
        return redirect("setup")
    form, sent_to = EmailTestForm(request.POST or None, initial={"address": request.user.email}), ""
    if form.is_valid():
        address = form.cleaned_data["address"]
        accepted(form, services.send_test_email, by=request.user, address=address)
        sent_to = "" if form.errors else address
    return _page(request, "setup_email", form, sent_to=sent_to, is_off=not settings.EMAIL_URL)


def _page(request, name, form, **context):
    steps = first_run.steps()
    done = sum(step.is_done for step in steps)
    following = next((step for step in steps[_place(steps, name) + 1 :]), None)
    context |= {"nav": "setup", "steps": steps, "done": done, "here": name, "form": form, "following": following}
    context["step"] = next((step for step in steps if step.url_name == name), None)
    errors = form is not None and form.is_bound and not form.is_valid() and not context.get("is_copied")
    return render(request, f"clinic/setup/{name.removeprefix('setup_')}.html", context, status=422 if errors else 200)


def _place(steps, name):
    return next((place for place, step in enumerate(steps) if step.url_name == name), len(steps))


def _may_treat(user):
    return user.is_superuser and not Practitioner.objects.filter(user=user).exists()


def _people():
    return User.objects.filter(is_active=True).prefetch_related("groups").select_related("practitioner")


def _add_person(request, form):
    typed = form.cleaned_data
    practitioner = form.practitioner() if form.treats_patients else None
    names = {name: typed[name] for name in ("first_name", "last_name", "email")}
    work = {"roles": form.roles, "practitioner": practitioner, "site": typed["site"]}
    return _proved(request, form, services.add_person, **work, **names)


def _proved(request, form, service, **fields):
    """The result of a service that needs a proof of identity, or None with the refusal on the form.

    The admin is asked for the proof first, unless they gave one in the last minutes; then the page is sent again.
    """

    def act():
        return service(by=request.user, proof=recent_proof(request), **fields)

    return accepted(form, act)


def _invited(request, user):
    """Show the link now, because it is not stored."""
    address = request.build_absolute_uri(services.create_invitation(user, by=request.user))
    sent_to = services.send_invitation(user, by=request.user, address=address)
    invited = {"user": user, "address": address, "sent_to": sent_to}
    me = TreatsForm(prefix="me") if _may_treat(request.user) else None
    return _page(request, "setup_people", PersonForm(), me=me, people=_people(), invited=invited)


def _next_without_hours(people):
    return next((person for person in people if not person.working_hours.all()), people[0])


def _after_hours(people, person):
    """The next person without hours, or the next step."""
    rest = [other for other in people if other != person and not other.working_hours.all()]
    return redirect(f"{reverse('setup_hours')}?person={rest[0].pk}" if rest else "setup_email")

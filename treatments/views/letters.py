"""Start, edit, sign, read, print, send and withdraw a letter, and the register of a patient's letters."""

import uuid
from functools import partial

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.diary.messages import why_no_email
from patients.integrity.authorization import page_needs
from patients.models import Episode, Patient
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from patients.web.pdf import NoPdf, css_file, pdf_of, pdf_response
from patients.web.posted import posted_uuid
from treatments import services
from treatments.chart.letter_text import first_draft
from treatments.forms.amendments import SigningForm
from treatments.forms.letters import EmailForm, LetterForm, PaperForm
from treatments.forms.merging import field_differences, take_fields
from treatments.models import Disclosure, Letter
from treatments.permissions import may_read_letters, may_send_letters, may_start_letters, may_write_letters
from treatments.record.authorship import may_hand_over, may_write
from treatments.record.in_error import waiting_mark_of
from treatments.record.letters import can_leave, corrected_since, missing_of_letter, set_names
from treatments.record.sealing import letter_hash

from .saving import (
    chosen_versions,
    conflict_page,
    hand_over_page,
    not_writable,
    posted_whole,
    refused,
    save_tokens,
    signed,
    withdrawal,
)


@require_safe
@page_needs(may_read_letters)
def patient_letters(request, patient_id):
    """The register: every letter of the patient, and to whom it went."""
    patient = get_object_or_404(Patient, pk=patient_id)
    letters = patient.letters.with_people().latest_first().prefetch_related("disclosures__disclosed_by")
    context = patient_banner(request, patient) | {
        "tab": "letters",
        "letters": list(letters),
        "episodes": list(patient.episodes.counting()),
    }
    return render(request, "treatments/patient_letters.html", context)


@require_http_methods(["GET", "POST"])
@page_needs(may_start_letters)
def letter_start(request, patient_id, episode_id):
    episode = get_object_or_404(Episode, pk=episode_id, patient=patient_id)
    if request.method == "GET":  # a redirect after signing in again
        return redirect("patient_letters", patient_id)
    asked = {"kind": request.POST.get("kind", ""), "id": posted_uuid(request.POST.get("letter_id"))}
    try:
        return redirect(services.start_letter(episode, by=request.user, **asked))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("patient_letters", patient_id)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_letters)
def letter_edit(request, patient_id, letter_id):
    letter = stored_letter(patient_id, letter_id)
    if not may_write(request.user, letter):
        return not_writable(request, letter)
    if request.method != "POST":
        return _page(request, letter, LetterForm.of(letter))
    form = _posted_form(request, letter)
    valid = form.is_valid()
    try:
        saved = services.save_letter(letter, by=request.user, **save_tokens(form.data), values=form.values())
    except ValidationError as refusal:
        return _refused(request, letter, form, refusal)
    except PermissionDenied:
        return not_writable(request, stored_letter(patient_id, letter_id))
    if request.headers.get("X-Autosave"):
        return JsonResponse(_state(saved) | {"errors": form.errors}, status=200 if valid else 422)
    if not valid:
        return _page(request, saved, form, status=422)
    return redirect("letter_prove" if "sign" in request.POST else "letter_edit", patient_id, letter_id)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_letters)
def letter_prove(request, patient_id, letter_id):
    """The letter as it will leave, and the proof that it is the author who signs it."""
    letter = stored_letter(patient_id, letter_id)
    if not may_write(request.user, letter):
        return not_writable(request, letter)
    if lacking := missing_of_letter(letter):
        return _page(request, letter, LetterForm.of(letter), lacking=lacking, status=422)
    form = SigningForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid() and signed(request, form, services.sign_letter, letter):
        messages.success(request, "Signed. The letter can no longer be changed. You can print or send it.")
        return redirect("letter_detail", patient_id, letter_id)
    context = _banner(request, letter) | {
        "record": letter,
        "kind": "letter",
        "after": "another letter can be written",
        "form": form,
    }
    return render(request, "treatments/letter_prove.html", context, status=422 if form.errors else 200)


@require_safe
@page_needs(may_read_letters)
def letter_detail(request, patient_id, letter_id):
    letter = stored_letter(patient_id, letter_id)
    context = _banner(request, letter) | {
        "record": letter,
        "kind": "letter",
        "disclosures": list(letter.disclosures.select_related("disclosed_by")),
        "matches": letter.is_signed and letter_hash(letter) == letter.content_hash,
        "missing": missing_of_letter(letter) if letter.is_draft else [],
        "may_write": may_write(request.user, letter),
        "may_hand_over": may_hand_over(request.user, letter),
        "waiting_mark": waiting_mark_of(letter) if letter.is_signed else None,
        "can_leave": can_leave(letter),
        "corrected_since": corrected_since(letter) if can_leave(letter) else [],
    }
    return render(request, "treatments/letter_detail.html", context)


@require_safe
@page_needs(may_read_letters)
def letter_print(request, patient_id, letter_id):
    return render(request, "treatments/letter_print.html", _banner(request, _leaving(patient_id, letter_id)))


@require_safe
@page_needs(may_read_letters)
def letter_pdf(request, patient_id, letter_id):
    """The letter as PDF. If none can be made, redirect to the page to print with the reason."""
    letter = _leaving(patient_id, letter_id)
    name = f"letter-{letter.patient.record_number}-{timezone.localtime(letter.signed_at):%Y-%m-%d}.pdf"
    instead = reverse("letter_print", args=[patient_id, letter_id])
    return pdf_response(request, _sheets(request, letter), _css(), name=name, instead=instead)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_send_letters)
def letter_send(request, patient_id, letter_id):
    """The two ways in which a letter leaves. A POST sends it by e-mail."""
    letter = _leaving(patient_id, letter_id)
    if request.method != "POST":
        return _ways(request, letter)
    form = EmailForm(request.POST, auto_id="email-%s")
    if form.is_valid() and (sent := _sent(request, form, letter)):
        if sent.state == Disclosure.State.SENT:
            messages.success(request, f"The letter was sent to {sent.address}.")
        else:
            messages.warning(request, sent.problem or f"{sent.get_state_display()}. Ask whether it arrived.")
        return redirect("letter_detail", patient_id, letter_id)
    return _ways(request, letter, email_form=form)


@require_POST
@page_needs(may_send_letters)
def letter_given(request, patient_id, letter_id):
    """Record that the letter went out on paper."""
    letter = _leaving(patient_id, letter_id)
    form = PaperForm(request.POST, auto_id="paper-%s")
    if form.is_valid() and accepted(form, services.record_letter_given, letter, by=request.user, **form.as_kwargs()):
        messages.success(request, "The letter has been recorded as sent.")
        return redirect("letter_detail", patient_id, letter_id)
    return _ways(request, letter, paper_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_letters)
def letter_withdraw(request, patient_id, letter_id):
    letter = stored_letter(patient_id, letter_id)
    return withdrawal(request, _banner(request, letter), letter, services.withdraw_letter, then="patient_letters")


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_letters)
def letter_hand_over(request, patient_id, letter_id):
    letter = stored_letter(patient_id, letter_id)
    return hand_over_page(request, _banner(request, letter), letter)


def stored_letter(patient_id, letter_id):
    """The letter with everything that its pages show; 404 unless it belongs to this patient."""
    letter = get_object_or_404(Letter.objects.with_people(), pk=letter_id, patient_id=patient_id)
    if not letter.is_signed:
        set_names(letter)
    return letter


def _leaving(patient_id, letter_id):
    letter = stored_letter(patient_id, letter_id)
    if not can_leave(letter):
        raise Http404
    return letter


def _sheets(request, letter):
    return render_to_string("treatments/letter_pdf.html", _banner(request, letter), request)


def _css():
    return css_file("copy.css") + css_file("letter.css")


def _sent(request, form, letter):
    """The Disclosure of the letter that was sent; None if it was refused, which the form then says."""
    try:
        pdf = pdf_of(_sheets(request, letter), _css())
        return accepted(form, services.send_letter, letter, by=request.user, pdf=pdf, **form.as_kwargs())
    except (NoPdf, ImproperlyConfigured) as refusal:
        form.add_error(None, str(refusal))
        return None


def _ways(request, letter, *, email_form=None, paper_form=None):
    context = _banner(request, letter) | {
        "email_form": email_form or EmailForm.of(letter),
        "paper_form": paper_form or PaperForm.of(letter),
        "why_no_mail": why_no_email(letter.practitioner.site),
    }
    return render(request, "treatments/letter_send.html", context, status=422 if email_form or paper_form else 200)


def _posted_form(request, letter):
    """The form of the posted page, merged with the user's choices after a conflict."""
    data = posted_whole(request)
    if "resolve" in data:
        data = take_fields(data, LetterForm.of(letter), chosen_versions(data))
    return LetterForm(data)


def _refused(request, letter, form, refusal):
    def page():
        form.add_error(None, refusal.messages)
        return _page(request, letter, form, status=422)

    def both_versions(stored):
        found = field_differences(form, LetterForm.of(stored), empty_takes_theirs=True)
        return conflict_page(request, _banner(request, stored), stored, form.data, found)

    stored = partial(stored_letter, letter.patient_id, letter.pk)
    return refused(request, refusal, stored=stored, page=page, both_versions=both_versions)


def _page(request, letter, form, lacking=(), status=200):
    author = letter.practitioner
    context = _banner(request, letter) | {
        "form": form,
        "from_record": first_draft(letter.episode, letter.kind, author=author)[1],
        "state": _state(letter),
        "lacking": lacking,
        "save_token": uuid.uuid4(),
    }
    return render(request, "treatments/letter_edit.html", context, status=status)


def _state(letter):
    """The state that the foot of the page shows after a save."""
    return {
        "version": letter.version,
        "saved_at": date_format(timezone.localtime(letter.saved_at), "H:i:s"),
        "missing": [{"label": item.label, "target": item.target} for item in missing_of_letter(letter)],
    }


def _banner(request, letter):
    return patient_banner(request, letter.patient) | {"letter": letter, "tab": "letters"}

"""What the apps that build on this one contribute to its pages. They set it in their AppConfig.ready.

This app never names them, not even in a string: tests/test_arrows.py checks that.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

from patients.integrity.proof import SignedIn
from patients.staff import printed_name


@dataclass
class Registry:
    # The permission ("app.verb_model") of people who treat. The lead of an episode is one of them.
    treating_permission: str = "patients.add_episode"
    # Called with a user; returns the description of their training that a patient reads before consenting.
    describe_training: Callable = printed_name
    # {key: patients.importing.kinds.Kind} of the kinds of files that can be imported.
    import_kinds: dict = field(default_factory=dict)
    # The form in which a signed-in user proves again who they are, with the interface of SignedIn.
    proof_form: type = SignedIn
    # Called with a user, or None for the system, and optionally with the address of the page that they come from.
    # Returns the country of phone numbers without a country code, as two letters, or "" where it is not known.
    phone_country: Callable = field(default=lambda user, page="": "")
    # Returns the countries of the clinic's sites, each as two letters.
    phone_countries: Callable = field(default=lambda: [])
    # Called with phone, e-mail and country; returns the reminder channel of a patient for whom nobody chose one.
    default_channel: Callable = field(default=lambda phone, email, country: "none")
    # The same decision as a sentence for the registration form; "" if new patients get no messages.
    default_channel_words: Callable = field(default=lambda: "")
    # Returns the classification that new diagnosis codes are from, as a value of patients.models.condition.CodeSystem.
    code_system: Callable = field(default=lambda: "who")
    # The name of the URL of the page where clinicians start their work with a patient.
    clinical_page: str = "patient_detail"
    # {name of the URL of a page for a patient who holds the tablet: that of the page where the therapist takes it back}
    tablet_pages: dict = field(default_factory=dict)
    # Each takes a list of patients and returns {patient id: [patients.alerts.Alert, ...]} in one query.
    alert_providers: list[Callable] = field(default_factory=list)
    # Each takes a patient and returns [(key of a screening question, whether the record says yes, why in words)].
    known_answers: list[Callable] = field(default_factory=list)
    # Called with a user and a patient, and optionally with the key of the step whose page is shown (`here`) and the
    # states of today that the page knows (`screening`, `consent`). Returns the steps of a first visit, or None.
    first_visit: Callable = field(default=lambda user, patient, **known: None)
    # Called with a patient; returns the regions (values of BodyRegion) that are about to be needled.
    regions_to_needle: Callable = field(default=lambda patient: [])
    # Returns the booked visits that cannot take place, all of them or those of `patients`, a list.
    impossible_visits: Callable = field(default=lambda *, patients=None: [])
    # Called with a user and a list of patients; returns {patient id: what the user may know about their visits}.
    visits_of: Callable = field(default=lambda user, patients: {})
    # Called with a new patient and the user who registered it.
    registered: Callable = field(default=lambda patient, by: None)
    # Called with a user and a list of patients; returns {patient id: names of their sites} of those whose records the
    # user does not open without a reason. Of these a list shows only who they are.
    sites_of_others: Callable = field(default=lambda user, patients: {})
    # Called with a user, a queryset and the path of its rows to the patient; returns the rows of the other patients.
    of_own_sites: Callable = field(default=lambda user, rows, patient="patient": rows)
    # Each takes the record that stays and its duplicate, and yields patients.merging.Blocker.
    merge_blockers: list[Callable] = field(default_factory=list)
    # A context manager around a merge or its undo. It takes the two patients, and counts them again in all figures.
    recounted: Callable = field(default=lambda *patients: nullcontext())


registry = Registry()

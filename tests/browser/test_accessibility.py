"""No page breaks an accessibility rule that a machine can check (axe), in light and in dark, or scrolls sideways."""

import json

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from clinic.models import Practitioner, Site
from clinic.roles import REVIEWER
from tests import people
from tests.clinic.accounts.sign_in import give_app
from tests.clinic_fixture import make_clinic_fixture
from tests.test_permissions import TABLE, rows

from .schemes import show_scheme

# Addresses that answer a machine, with a file, or with a part of a page.
NO_PAGE = {
    "attachment_content",
    "attachment_download",
    "attachments_export",
    "healthz",
    "metrics",
    "readyz",
    "calendar_feed",
    "session_state",
    "consent_pdf",
    "episode_report_export",
    "exercise_picture",
    "exercises_pdf",
    "fact_reviews_export",
    "lot_export",
    "import_progress",
    "patient_visits_download",
    "running_timers",
    "session_parts",
}
VISITORS = ["stranger", "front_desk", "physiotherapist", "admin"]


def pages_by_visitor():
    """{visitor: addresses}: every page once, for somebody whom the permission table lets in."""
    pages = {visitor: [] for visitor in ("physiotherapist", "front_desk", "admin", "stranger")}
    for name, statuses in rows(TABLE):
        welcome = [visitor for visitor, status in zip(VISITORS, statuses, strict=False) if status == 200]
        if welcome and name not in NO_PAGE:
            pages[next(visitor for visitor in pages if visitor in welcome)].append(name)
    pages["other_physiotherapist"] = ["today", "stop_second"]  # who is asked to agree
    return pages | {"reviewer": ["fact_review", "fact_reviews_import"]}


PAGES = pages_by_visitor()
ADMIN_PAGES = [
    "admin:index",
    "admin:auth_user_changelist",
    "admin:auth_user_add",
    "admin:axes_accessattempt_changelist",
    "admin:clinic_practitioner_changelist",
    "admin:treatments_muscle_changelist",
    "admin:treatments_treatmentsession_changelist",
    "admin:treatments_adverseevent_changelist",
    "admin:treatments_needle_changelist",
    "admin:treatments_outcome_changelist",
]
VIOLATIONS = {"resultTypes": ["violations"]}
# A dark page differs from a light one in its colours, and these two are all the rules that look at them.
OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
RULES = {"dark": VIOLATIONS | OF_COLOUR, "light": VIOLATIONS}
DESK = {"width": 1440, "height": 900}
NARROW = [{"width": 1024, "height": 768}, {"width": 390, "height": 844}]


@pytest.fixture
def clinic_fixture(transactional_db):
    return make_clinic_fixture()


@pytest.fixture
def violations(page, complaints):
    """violations(path): the rules a page breaks in light and in dark, with the elements: a failure reads well."""

    axe = Axe()

    def run(scheme):
        show_scheme(page, scheme)
        heard = len(complaints)
        found = page.evaluate(f"axe.run({json.dumps(RULES[scheme])}).then((results) => results.violations)")
        # axe tries to add inline styles while it measures contrast; the content security policy refuses them.
        del complaints[heard:]
        return {rule["id"]: [node["html"][:200] for node in rule["nodes"]][:5] for rule in found}

    def of(path, then=None):
        page.goto(path)
        if then:
            page.evaluate(then)
        page.evaluate(axe.axe_script)
        return {f"{path} {scheme} {rule}": elements for scheme in RULES for rule, elements in run(scheme).items()}

    return of


def _too_wide(page):
    """By how many pixels the open page is wider than its window, 0 if it is not."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{over} px at {page.viewport_size['width']}"] if over > 0 else []


@pytest.mark.parametrize("visitor", PAGES)
def test_a_page_breaks_no_rule_has_one_main_heading_and_never_scrolls_sideways(
    page, clinic_fixture, sign_in, violations, visitor
):
    if visitor == "reviewer":
        sign_in(people.make_user("r.osei", role=REVIEWER))
    elif visitor != "stranger":
        sign_in(getattr(clinic_fixture, visitor))
    broken, headings, wide = {}, {}, {}

    for name in PAGES[visitor]:
        url = clinic_fixture.url(name)
        page.set_viewport_size(DESK)
        broken |= violations(url)
        headings[name], wide[name] = page.locator("h1").count(), _too_wide(page)
        for narrow in NARROW:
            page.set_viewport_size(narrow)
            wide[name] += _too_wide(page)

    assert broken == {}
    assert headings == dict.fromkeys(headings, 1)
    assert wide == dict.fromkeys(wide, [])


def test_no_admin_page_breaks_an_accessibility_rule(page, clinic_fixture, sign_in, violations):
    sign_in(clinic_fixture.admin)
    broken = {}

    for name in ADMIN_PAGES:
        broken |= violations(reverse(name))

    assert broken == {}


def test_no_page_that_the_password_opens_breaks_an_accessibility_rule(page, clinic_fixture, sign_in, violations):
    """Account pages, the second step of sign-in, and the dialog that signs in again."""
    sign_in(clinic_fixture.physiotherapist)
    broken = violations(reverse("mfa_activate_totp"))
    page.fill("#id_password", people.PASSWORD)
    page.get_by_role("button", name="Continue").click()
    broken |= violations(reverse("mfa_activate_totp"))
    broken |= violations(reverse("mfa_add_webauthn"))
    give_app(clinic_fixture.physiotherapist)
    key = Authenticator.objects.create(user=clinic_fixture.physiotherapist, type="webauthn", data={"name": "Phone"})
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_list_webauthn"):
        broken |= violations(reverse(name))
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        broken |= violations(reverse(name, args=[key.pk]))

    assert broken == {}


def test_signing_in_again_over_a_page_breaks_no_accessibility_rule(page, clinic_fixture, sign_in, violations):
    sign_in(clinic_fixture.physiotherapist)
    page.route("**/session/", lambda route: route.fulfill(json={"user": None, "seconds_left": 0}))
    ask = "document.dispatchEvent(new Event('filiform:signed-out'))"

    assert violations(clinic_fixture.url("today"), then=ask) | violations("/account/", then=ask) == {}


def test_the_question_before_a_record_of_another_site_breaks_no_rule_and_opens_the_record(
    page, clinic_fixture, sign_in, violations, complaints
):
    complaints.allowed.append("422 (Unprocessable Entity)")
    elsewhere = people.make_physiotherapist("e.lsewhere", first_name="Elsa", last_name="Where")
    Practitioner.objects.filter(user=elsewhere).update(site=Site.objects.create(name="Mill Road"))
    sign_in(elsewhere)
    question = reverse("record_of_other_site", args=[clinic_fixture.patient.pk])
    broken, wide = violations(f"{question}?next={clinic_fixture.url('patient_chart')}"), []
    for narrow in NARROW:
        page.set_viewport_size(narrow)
        wide += _too_wide(page)

    page.get_by_role("button", name="Open the record").click()
    page.get_by_text("Choose a reason.").wait_for()
    page.get_by_label("Urgent care").check()
    page.get_by_label("Explain the reason").fill("Fell in the street")
    page.get_by_role("button", name="Open the record").click()

    page.get_by_text("Record of another site, opened with a reason").wait_for()
    assert (broken, wide) == ({}, [])

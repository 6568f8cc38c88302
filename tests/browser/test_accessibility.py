"""No page breaks an accessibility rule that a machine can check (axe), in light and in dark, or scrolls sideways."""

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests import cast
from tests.clinic.doors import give_app
from tests.test_permissions import TABLE, rows
from tests.world import make_world

# Addresses that answer a machine, or with a file.
NO_PAGE = {"healthz", "calendar_feed", "session_state", "consent_pdf", "lot_export"}
VISITORS = ["stranger", "front_desk", "physiotherapist", "admin"]


def pages_by_visitor():
    """{visitor: addresses}: every page once, for somebody whom the permission table lets in."""
    pages = {visitor: [] for visitor in ("physiotherapist", "front_desk", "admin", "stranger")}
    for name, statuses in rows(TABLE):
        welcome = [visitor for visitor, status in zip(VISITORS, statuses, strict=False) if status == 200]
        if welcome and name not in NO_PAGE:
            pages[next(visitor for visitor in pages if visitor in welcome)].append(name)
    return pages


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
WIDTHS = [(1440, 900), (1024, 768), (390, 844)]


def visited(world, sign_in):
    """The pages one by one, each while somebody is signed in whom it lets in; the stranger's first."""
    yield from PAGES["stranger"]
    for visitor in VISITORS[1:]:
        sign_in(getattr(world, visitor))
        yield from PAGES[visitor]


@pytest.fixture
def world(transactional_db):
    return make_world()


@pytest.fixture
def violations(page, complaints):
    """violations(path): the rules that a page breaks, with the elements, so that a failing test reads well."""

    def of(path):
        page.goto(path)
        heard = len(complaints)
        found = Axe().run(page).response["violations"]
        # axe tries inline styles of its own while it measures contrast; the content policy refuses them.
        del complaints[heard:]
        return {f"{path} {rule['id']}": [node["html"][:200] for node in rule["nodes"]][:5] for rule in found}

    return of


def _sideways(page, path):
    """By how many pixels a page is wider than its window, at every width where it is."""
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            yield f"{path} at {width}: {over} px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_an_accessibility_rule(page, world, sign_in, violations, scheme):
    page.emulate_media(color_scheme=scheme)
    broken = {}

    for name in visited(world, sign_in):
        broken |= violations(world.url(name))

    assert broken == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_admin_page_breaks_an_accessibility_rule(page, world, sign_in, violations, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(world.admin)
    broken = {}

    for name in ADMIN_PAGES:
        broken |= violations(reverse(name))

    assert broken == {}


def test_no_page_scrolls_sideways(page, world, sign_in):
    over = [found for name in visited(world, sign_in) for found in _sideways(page, world.url(name))]

    assert over == []


def test_every_page_has_one_main_heading(page, world, sign_in):
    counts = {}

    for name in visited(world, sign_in):
        page.goto(world.url(name))
        counts[name] = page.locator("h1").count()

    assert {name: count for name, count in counts.items() if count != 1} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_that_the_password_opens_breaks_an_accessibility_rule(page, world, sign_in, violations, scheme):
    """The pages that change what protects an account, the second step, and the dialog over the page."""
    page.emulate_media(color_scheme=scheme)
    sign_in(world.physiotherapist)
    broken = violations(reverse("mfa_activate_totp"))
    page.fill("#id_password", cast.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    broken |= violations(reverse("mfa_activate_totp"))
    broken |= violations(reverse("mfa_add_webauthn"))
    give_app(world.physiotherapist)
    key = Authenticator.objects.create(user=world.physiotherapist, type="webauthn", data={"name": "Phone"})
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_list_webauthn"):
        broken |= violations(reverse(name))
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        broken |= violations(reverse(name, args=[key.pk]))

    assert broken == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_again_over_a_page_breaks_no_accessibility_rule(page, world, sign_in, complaints, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(world.physiotherapist)
    found = {}
    for path in (world.url("today"), "/account/"):
        page.goto(path)
        page.evaluate("document.dispatchEvent(new Event('filiform:signed-out'))")
        heard = len(complaints)
        found |= {rule["id"]: path for rule in Axe().run(page).response["violations"]}
        del complaints[heard:]

    assert found == {}

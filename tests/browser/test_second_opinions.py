"""Two people, each in their own browser: the author asks, the colleague agrees, the author signs."""

import pytest
from playwright.sync_api import expect

from tests.reference_data import have_catalogue
from tests.treatments.builders import make_draft, make_needling
from tests.treatments.services.test_second_opinions import asked, url_of
from tests.treatments.services.test_warning_answers import screen
from treatments.models import Muscle, TreatmentSession

from .proving import prove, sign
from .test_session import edit, let_saves_arrive
from .test_warnings import warning

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(physiotherapist, other_physiotherapist, patient, sign_in, context):
    """Complete but for a stop to which a colleague may agree."""
    have_catalogue()
    screen(patient, physiotherapist, pregnancy="12 weeks")
    rows = [make_needling(Muscle.objects.get(slug="rectus-abdominis"))]
    sign_in(physiotherapist)
    yield make_draft(patient, by=physiotherapist, needlings=rows)
    let_saves_arrive(context)


@pytest.fixture
def colleagues_page(new_context, sign_in, complaints, other_physiotherapist):
    browser = new_context()
    complaints.listen_to(browser)
    sign_in(other_physiotherapist, browser)
    return browser.new_page()


def ask(page, draft, reason="far from it"):
    page.goto(edit(draft))
    page.get_by_role("link", name="stop: Pregnant").click()
    stop = warning(page, "Stop: Pregnant: 12 weeks")
    stop.get_by_role("textbox").fill(reason)
    stop.get_by_role("combobox").select_option("Daniel Okonkwo")
    expect(page.get_by_role("link", name="Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree")).to_be_visible()
    return stop


def test_the_author_asks_the_colleague_agrees_and_the_author_signs(page, draft, colleagues_page, complaints):
    complaints.allowed = ["422"]
    stop = ask(page, draft)
    expect(stop.get_by_text("Waiting for Daniel Okonkwo to agree.")).to_be_visible()
    page.get_by_role("button", name="Sign").click()
    missing = page.get_by_role("alert").get_by_role(
        "link", name="Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree"
    )
    expect(missing).to_be_visible()

    colleagues_page.goto("/")
    mine = colleagues_page.get_by_role("region", name="You are asked to agree")
    mine.get_by_role("link", name="ADEYEMI, Ruth").click()
    expect(colleagues_page.get_by_text("“far from it”")).to_be_visible()
    prove(colleagues_page, "I agree")
    expect(
        colleagues_page.get_by_text("Your agreement has been recorded. Marit Solberg will see it in the session.")
    ).to_be_visible()
    colleagues_page.get_by_role("link", name="Back to my day").last.click()
    expect(colleagues_page.get_by_text("You are asked to agree")).to_have_count(0)

    sign(page)
    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    expect(page.get_by_text("Second person: Daniel Okonkwo agreed")).to_be_visible()
    assert TreatmentSession.objects.get().is_signed


def test_the_authors_page_hears_of_it_with_its_next_save_and_asks_anew_for_another_reason(page, draft, colleagues_page):
    stop = ask(page, draft)
    colleagues_page.goto(url_of(draft))
    prove(colleagues_page, "I agree")
    expect(colleagues_page.get_by_text("You agreed", exact=True)).to_be_visible()

    page.fill("#id_plan", "Again in a week.")

    expect(stop.get_by_text("Daniel Okonkwo agreed")).to_be_visible()
    expect(page.locator("[data-missing] a")).to_have_count(0)
    stop.get_by_role("textbox").fill("on the other side")
    expect(stop.get_by_text("Waiting for Daniel Okonkwo to agree.")).to_be_visible()
    assert asked().is_waiting


def test_a_tab_left_open_shows_the_new_reason_and_does_not_agree(page, draft, colleagues_page, complaints):
    complaints.allowed = ["409"]
    stop = ask(page, draft)
    colleagues_page.goto(url_of(draft))
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        stop.get_by_role("textbox").fill("there is no other way")

    prove(colleagues_page, "I agree")

    expect(colleagues_page.get_by_role("alert")).to_contain_text("The answer was changed while you were reading.")
    expect(colleagues_page.get_by_text("“there is no other way”")).to_be_visible()
    assert asked().is_waiting


def test_a_home_page_left_open_hears_that_somebody_asks(page, draft, colleagues_page):
    colleagues_page.clock.install()
    colleagues_page.goto("/today/")
    expect(colleagues_page.get_by_text("You are asked to agree")).to_have_count(0)
    ask(page, draft)

    colleagues_page.clock.run_for(31_000)

    expect(colleagues_page.get_by_role("link", name="Stop: Pregnant")).to_be_visible()

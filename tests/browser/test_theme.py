"""Light and dark: the device's choice until somebody makes their own."""

import pytest
from playwright.sync_api import expect

from tests import people


@pytest.fixture
def theme_is(page, transactional_db, sign_in):
    sign_in(people.make_physiotherapist())
    return lambda theme: expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)


def test_a_page_begins_and_goes_on_as_the_device_does(page, theme_is):
    page.emulate_media(color_scheme="dark")
    page.goto("/today/")
    theme_is("dark")

    page.emulate_media(color_scheme="light")

    theme_is("light")


def test_what_was_chosen_stays_whatever_the_device_does(page, theme_is):
    page.goto("/today/")

    page.locator("[data-theme-toggle]").first.click()
    page.emulate_media(color_scheme="dark")
    page.emulate_media(color_scheme="light")

    theme_is("dark")
    page.reload()
    theme_is("dark")


@pytest.mark.parametrize("address", ["/v/unknown/", "/nowhere/"])
def test_a_page_without_a_choice_follows_the_device(page, complaints, theme_is, address):
    complaints.allowed.append("404")
    page.emulate_media(color_scheme="dark")
    page.goto(address)

    theme_is("dark")

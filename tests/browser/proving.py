"""Signing in a browser: press the button, and prove who one is with the password."""

from tests.people import PASSWORD


def sign(page):
    """Press Sign in the session, and sign on the page that follows."""
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/prove/")
    prove(page)


def prove(page, button="Sign"):
    """Type the password, and press the button that sends it."""
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name=button, exact=True).click()

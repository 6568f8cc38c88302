"""Light and dark pages."""

from playwright.sync_api import expect

CHANGES = "Promise.allSettled(document.getAnimations().map((change) => change.finished))"


def show_scheme(page, scheme):
    """Switch the open page to dark or light, and wait until its colours have changed."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
    page.evaluate(f"{CHANGES}.then(() => true)")

"""Screenshots for the README: python -m tests.screenshots serves a demo clinic and writes docs/screenshots."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.chromium import chromium

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def manage(*arguments, environment):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def demo_server():
    """Serve a temporary demo clinic; yield its URL and the user name and password of a physiotherapist."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
        probe.close()
        environment = os.environ | {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3"}
        for command in (["migrate"], ["load_catalogue"], ["load_screening_questions"], ["seed_demo"]):
            output = manage(*command, environment=environment)
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", address],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(f"http://{address}/healthz/")
            yield f"http://{address}", first_login(output)
        finally:
            server.terminate()
            server.wait()


def _wait_for(url):
    for _ in range(100):
        try:
            return urllib.request.urlopen(url)
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Nothing answers at {url}.")


def first_login(output):
    """User name and password of the first line below the heading of the table that seed_demo prints."""
    lines = output.splitlines()
    heading = next(number for number, line in enumerate(lines) if line.startswith("User name"))
    return lines[heading + 1].split()[:2]


def sign_in(page, username, password):
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)


def take(page, name):
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


def walk(page, base, login):
    """Sign in, find the first patient of the day, read the chart, open a session."""
    page.goto(f"{base}/login/")
    take(page, "login")
    sign_in(page, *login)
    take(page, "today")
    page.goto(f"{base}/diary/")
    take(page, "diary")
    page.goto(f"{base}/patients/?q=mar")
    take(page, "search")
    page.goto(f"{base}/patients/?q=adeyemi")
    chart = page.locator("main a[href*='/patients/']").first.get_attribute("href").rstrip("/")
    page.goto(f"{base}{chart.removesuffix('/chart')}/chart/")
    take(page, "chart")
    page.goto(f"{base}{chart.removesuffix('/chart')}/outcomes/")
    take(page, "patient_outcomes")
    page.goto(f"{base}/patients/new/")
    take(page, "patient_form")
    page.goto(f"{base}/today/")
    edit = page.locator("a[href$='/edit/'][href*='/sessions/']").first.get_attribute("href")
    page.goto(f"{base}{edit}")
    take(page, "session")
    return edit


def review(page, base, password):
    """The outcome review, as the clinic's admin sees it."""
    page.goto(f"{base}/login/")
    sign_in(page, "a.berg", password)
    page.goto(f"{base}/admin/treatments/outcome/")
    take(page, "outcomes")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo_server() as (base, login), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport=DESK, locale="en-GB", color_scheme="light")
        page = context.new_page()
        edit = walk(page, base, login)
        page.emulate_media(color_scheme="dark")
        page.goto(f"{base}{edit}")
        take(page, "session_dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        page.goto(f"{base}/today/")
        take(page, "today_phone")
        admin = browser.new_context(viewport=DESK, locale="en-GB", color_scheme="light").new_page()
        review(admin, base, login[1])
        browser.close()
    print(*sorted(path.name for path in FOLDER.glob("*.png")), sep="\n")


if __name__ == "__main__":
    main()

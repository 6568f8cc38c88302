"""Security headers of every response, and the refusal of a POST without a CSRF token."""

from django.contrib import admin as admin_site
from django.test import Client

from .clinic_fixture import addresses
from .test_admin_permissions import pages_of
from .test_csrf import BY_SECRET

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Content-Security-Policy": "default-src '",  # 'self', or 'none' for a file
}


def answers(client, clinic_fixture):
    """The answers of every address, admin page and unknown page to a stranger and two roles; those of POSTs to two."""
    urls = {name: clinic_fixture.url(name) for name in addresses()}
    urls |= {url: url for model in admin_site.site._registry for url in pages_of(model).values()}
    urls |= {url: url for url in ("/nowhere/", "/admin/", "/admin/login/", "/admin/nowhere/", "/patients/0/")}
    found = {}
    for role in (None, "physiotherapist", "admin"):
        client.logout()
        if role:
            client.force_login(getattr(clinic_fixture, role))
        found |= {f"{role} GET {name}": client.get(url) for name, url in urls.items()}
        if role in (None, "physiotherapist"):
            found |= {f"{role} POST {name}": client.post(url) for name, url in urls.items() if "logout" not in name}
    return found


def test_every_answer_carries_every_header_and_no_cookie_that_a_script_or_another_site_may_use(client, clinic_fixture):
    found = answers(client, clinic_fixture)

    assert len(found) > 500
    assert _missing(found) == []
    assert [policy for policy in _policies(found) if "unsafe" in policy or "frame-ancestors 'none'" not in policy] == []
    cookies = {cookie.key: cookie for answer in found.values() for cookie in answer.cookies.values() if cookie.value}
    assert cookies["sessionid"]["httponly"]
    assert {name: cookie["samesite"] for name, cookie in cookies.items()} == dict.fromkeys(cookies, "Lax")


def _missing(found):
    return [
        f"{name}: {header}"
        for name, answer in found.items()
        for header, holds in HEADERS.items()
        if holds not in answer.headers.get(header, "")
    ]


def _policies(found):
    return {answer.headers["Content-Security-Policy"] for answer in found.values()}


def test_over_https_browsers_are_told_to_stay_there_and_cookies_never_leave_it(client, clinic_fixture, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS, settings.SESSION_COOKIE_SECURE = True, 31536000, True
    client.force_login(clinic_fixture.physiotherapist)

    plain, safe = client.get("/today/"), client.get("/today/", secure=True)

    assert (plain.status_code, plain.headers["Location"]) == (301, "https://testserver/today/")
    assert "max-age=31536000" in safe.headers["Strict-Transport-Security"]
    assert client.cookies["sessionid"]["secure"]


def test_a_post_without_the_token_of_the_page_is_refused(clinic_fixture):
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.force_login(clinic_fixture.physiotherapist)
    statuses = {name: elsewhere.post(clinic_fixture.url(name)).status_code for name in addresses()}

    assert {name: status for name, status in statuses.items() if status not in (403, 405)} == BY_SECRET


def test_a_refused_token_is_explained(clinic_fixture):
    elsewhere = Client(enforce_csrf_checks=True)

    answer = elsewhere.post(clinic_fixture.url("login"))

    assert answer.templates[0].name == "403_csrf.html"

"""Helpers to read HTML in tests."""

import re

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


def on_one_line(page):
    """The HTML of a response or a string with one space for each run of white space, as a browser shows it.

    Tokens of forms are left out: they are random, and could hold any short text that a test looks for.
    """
    html = page if isinstance(page, str) else page.content.decode()
    return " ".join(TOKEN.sub(r"\1", html).split())

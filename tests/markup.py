"""What tests read in pages."""


def on_one_line(page):
    """The HTML of a response or a string with one space for each run of white space, as a browser shows it."""
    html = page if isinstance(page, str) else page.content.decode()
    return " ".join(html.split())

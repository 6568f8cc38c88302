"""Turns HTML into PDF. Imports WeasyPrint only for the first PDF, because it is slow to import."""


class NoPdf(Exception):
    """This machine cannot make PDFs, because WeasyPrint's system library Pango is missing."""


def pdf_of(html, css):
    """The bytes of a tagged PDF of an HTML page. Fetches no files that the page refers to. Raises NoPdf."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as missing:
        raise NoPdf from missing
    nothing = URLFetcher(allowed_protocols=())
    page = HTML(string=html, url_fetcher=nothing)
    return page.write_pdf(stylesheets=[CSS(string=css, url_fetcher=nothing)], pdf_variant="pdf/ua-1")

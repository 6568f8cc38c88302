"""A page of HTML as PDF, for the patient to keep. WeasyPrint is imported when the first is asked for: it is heavy."""


class NoPdf(Exception):
    """This machine cannot make PDFs: WeasyPrint's system library, Pango, is missing."""


def pdf_of(html, css):
    """The bytes of a tagged PDF of a whole HTML page. It fetches nothing, whatever the page names. Raises NoPdf."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as missing:
        raise NoPdf from missing
    nothing = URLFetcher(allowed_protocols=())
    page = HTML(string=html, url_fetcher=nothing)
    return page.write_pdf(stylesheets=[CSS(string=css, url_fetcher=nothing)], pdf_variant="pdf/ua-1")

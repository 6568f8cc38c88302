"""Why a page refused what was sent, whatever the wording of the sentence."""

from html import unescape


def is_refused(answer, field, why):
    """Whether the page that came back shows this reason, and its form has it at this field ("__all__": at no field).

    `why` is the code of the error. Where a rule has no code, it is a part of its sentence.
    """
    page = unescape(answer.content.decode())
    errors = answer.context["form"].errors.as_data().get(field, [])
    reasons = [error for error in errors if error.code == why or (not error.code and why in error.messages[0])]
    return any(error.messages[0] in page for error in reasons)

"""What an error of the mail server means, in a sentence that says what to check."""

import smtplib
import socket
import ssl

MOST_OF_A_REPLY = 200
# The first kind that fits counts: the special ones come before those that they are a kind of.
MEANINGS = [
    (smtplib.SMTPAuthenticationError, "The mail server refused the user name or the password. Check EMAIL_URL."),
    (smtplib.SMTPSenderRefused, "The mail server refused the sender. Check DEFAULT_FROM_EMAIL."),
    (smtplib.SMTPRecipientsRefused, "The mail server refused the recipient. Check the address."),
    (
        smtplib.SMTPNotSupportedError,
        "The mail server does not offer the encryption or the sign-in of EMAIL_URL.",
    ),
    (
        smtplib.SMTPServerDisconnected,
        "The mail server ended the connection. Check port and encryption in EMAIL_URL.",
    ),
    (smtplib.SMTPException, "The mail server refused the e-mail."),
    (ssl.SSLError, "No encrypted connection could be made. Check the port and the encryption in EMAIL_URL."),
    (socket.gaierror, "The name of the mail server is unknown. Check the host name in EMAIL_URL."),
    (TimeoutError, "The mail server did not answer in time. Check the host name and the port in EMAIL_URL."),
    (ConnectionError, "Nothing answers at this host and port. Check EMAIL_URL, and that the server is running."),
    (OSError, "The mail server cannot be reached. Check EMAIL_URL."),
]


def why_not_sent(error):
    """One or two sentences about an error of `send_mail`, with the reply of the mail server if there is one."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError):
        error = error.__context__
    meaning = next((meaning for kind, meaning in MEANINGS if isinstance(error, kind)), "Check EMAIL_URL.")
    reply = _reply_of(error)
    return f"{meaning} The server answered: {reply}" if reply else meaning


def _reply_of(error):
    """What the mail server answered, on one line; "" if it did not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), ("", b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return ""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(f"{code} {text}".split())[:MOST_OF_A_REPLY]

import json
import smtplib
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from clinic.diary.messaging import ConsoleSms, HttpGatewaySms, NotSent, messenger

MESSAGE = {"to": "+4420", "subject": "Your appointment", "text": "At 9 — Café", "reference": "reminder-7"}
UNKNOWN = (OSError, smtplib.SMTPException)


class Gateway(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self):
        self.server.received.append((self.path, self.headers["Authorization"], None))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def gateway(settings):
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    server.received, server.answer = [], 202
    settings.SMS_BACKEND = "clinic.diary.messaging.HttpGatewaySms"
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN = f"http://127.0.0.1:{server.server_port}/sms", "t0ken"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def smtp(settings):
    """The socket of a mail server. A test answers its connection with `_answer`."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    settings.EMAIL_TIMEOUT = 5
    yield listener
    listener.close()


def _answer(listener, script):
    """Answer each line with the next line of the script; None closes the connection."""

    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rw", newline="\r\n") as lines:
            for reply in script:
                if reply is None:
                    return
                lines.write(f"{reply}\n")
                lines.flush()
                if lines.readline().startswith("DATA"):
                    lines.write("354 go on\n")
                    lines.flush()
                    while lines.readline().strip() != ".":
                        pass

    threading.Thread(target=serve, daemon=True).start()


def test_the_gateway_gets_number_text_and_reference(gateway):
    messenger("sms").send(**MESSAGE)

    sent = {"to": "+4420", "text": "At 9 — Café", "reference": "reminder-7"}
    assert gateway.received == [("/sms", "Bearer t0ken", sent)]


@pytest.mark.parametrize("answer", [302, 400, 401, 429, 503])
def test_a_refusal_of_the_gateway_means_not_sent(gateway, answer):
    gateway.answer = answer

    with pytest.raises(NotSent, match=f"The gateway answered {answer}."):
        messenger("sms").send(**MESSAGE)
    assert len(gateway.received) == 1


@pytest.mark.parametrize("answer", [408, 500, 502, 504])
def test_a_failure_of_the_gateway_means_unknown(gateway, answer):
    gateway.answer = answer

    with pytest.raises(UNKNOWN):
        messenger("sms").send(**MESSAGE)


def test_an_unreachable_gateway_means_not_sent(settings, gateway):
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{free.getsockname()[1]}/"

    with pytest.raises(NotSent, match="could not be reached"):
        messenger("sms").send(**MESSAGE)


@pytest.mark.parametrize(
    ("url", "token"), [("", "t"), ("https://sms.example", ""), ("http://sms.example/", "t"), ("file:///etc", "t")]
)
def test_a_gateway_without_safe_settings_is_refused_before_anything_is_sent(settings, url, token):
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN = url, token

    with pytest.raises(ImproperlyConfigured, match="SMS_GATEWAY_URL"):
        HttpGatewaySms()


def test_the_console_prints_the_message(settings, capsys):
    settings.SMS_BACKEND = "clinic.diary.messaging.ConsoleSms"

    messenger("sms").send(**MESSAGE)

    assert isinstance(messenger("sms"), ConsoleSms)
    assert capsys.readouterr().out == "SMS to +4420 (reminder-7): At 9 — Café\n"


def test_an_e_mail_suppresses_automatic_replies(settings):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"

    messenger("email").send(**MESSAGE | {"to": "ruth@example.org"})

    sent = mail.outbox[0]
    assert (sent.to, sent.from_email, sent.subject) == (["ruth@example.org"], "clinic@example.org", "Your appointment")
    assert sent.message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("missing", ["EMAIL_URL", "DEFAULT_FROM_EMAIL"])
def test_e_mail_without_settings_is_refused_before_anything_is_sent(settings, missing):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"
    setattr(settings, missing, "")

    with pytest.raises(ImproperlyConfigured, match=f"Set {missing}"):
        messenger("email")


@pytest.mark.parametrize(
    "script",
    [
        ["554 not today"],
        ["220 hello", "250 here", "550 not you"],
        ["220 hello", "250 here", "250 ok", "550 nobody of that name"],
    ],
)
def test_a_refusal_of_the_mail_server_means_not_sent(smtp, script):
    _answer(smtp, script)

    with pytest.raises(NotSent, match=r"^The mail server refused the message: SMTP\w+\.$"):
        messenger("email").send(**MESSAGE | {"to": "ruth@example.org"})


def test_silence_of_the_mail_server_means_unknown(smtp):
    _answer(smtp, ["220 hello", "250 here", "250 ok", "250 ok", None])

    with pytest.raises(UNKNOWN):
        messenger("email").send(**MESSAGE | {"to": "ruth@example.org"})


def test_an_unreachable_mail_server_means_not_sent(smtp):
    smtp.close()

    with pytest.raises(NotSent):
        messenger("email").send(**MESSAGE | {"to": "ruth@example.org"})

"""The step of the first run that tests e-mail, against a mail server that speaks SMTP on this machine."""

import socket
import socketserver
import threading

import pytest

from clinic.first_run import steps
from tests import people


class Server(socketserver.ThreadingTCPServer):
    """Answers each SMTP command with its entry of `replies`, and otherwise as a server that accepts everything."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.replies, self.received = {}, []


class Conversation(socketserver.StreamRequestHandler):
    USUAL = {"DATA": "354 go on", "QUIT": "221 bye", "EHLO": "250-here\r\n250 AUTH PLAIN"}

    def handle(self):
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            command = line.split(":")[0].split()[0].upper()
            reply = self.server.replies.get(command, self.USUAL.get(command, "250 fine"))
            if not reply:
                return  # hangs up
            self._say(reply)
            if reply.startswith("354"):
                lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                self.server.received.append("\n".join(lines))
                self._say(self.server.replies.get("END", "250 queued"))

    def _say(self, reply):
        self.wfile.write(f"{reply}\r\n".encode())


@pytest.fixture
def server(settings):
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        settings.EMAIL_URL = "smtp://clinic@127.0.0.1"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 2
        settings.DEFAULT_FROM_EMAIL = "clinic@example.org"
        yield server
        server.shutdown()


@pytest.fixture
def send(client, db):
    people.make_site()
    client.force_login(people.make_superuser())
    return lambda address="owner@example.org": client.post("/setup/email/", {"address": address})


def test_the_mail_arrives_and_the_step_is_done_when_the_owner_says_so(server, send, client):
    page = send()

    assert page.context["sent_to"] == "owner@example.org"
    assert "To: owner@example.org" in server.received[0]
    client.post("/setup/email/", {"arrived": "on"})
    assert next(step.is_done for step in steps() if step.url_name == "setup_email")


REFUSALS = {
    "sender": ({"MAIL": "550 relay denied"}, {}, "DEFAULT_FROM_EMAIL", "550 relay denied"),
    "recipient": ({"RCPT": "550 no such mailbox"}, {}, "address", "550 no such mailbox"),
    "content": ({"END": "554 looks like spam"}, {}, "refused", "554 looks like spam"),
    "password": (
        {"AUTH": "535 wrong password"},
        {"EMAIL_HOST_USER": "x", "EMAIL_HOST_PASSWORD": "y"},
        "password",
        "535",
    ),
    "hangs up": ({"MAIL": ""}, {}, "connection", ""),
    "no encryption": ({}, {"EMAIL_USE_TLS": True}, "encryption", ""),
    "host": ({}, {"EMAIL_HOST": "no-such-host.invalid"}, "host name", ""),
    "port": ({}, {"EMAIL_PORT": 1}, "port", ""),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_what_to_check_and_what_the_server_answered(server, send, settings, refusal):
    server.replies, changed, advice, answer = REFUSALS[refusal]
    for name, value in changed.items():
        setattr(settings, name, value)

    page = send()

    message = " ".join(page.context["form"].non_field_errors())
    assert page.status_code == 422
    assert (advice in message, answer in message) == (True, True)
    assert page.context["form"]["address"].value() == "owner@example.org"


def test_a_server_that_never_answers_is_given_up(send, settings, server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = silent.getsockname()[1], 0.2

        page = send()

    assert page.status_code == 422
    assert "in time" in " ".join(page.context["form"].non_field_errors())

"""Practitioners who save and sign all the time, as a browser does, without Django."""

import http.client
import json
import re
import time
from collections import Counter
from threading import Event, Thread
from urllib.parse import urlencode
from uuid import uuid4

ROWS = 20
CSRF = "c" * 32
PATIENCE = 30
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
# While it is set, nobody sends.
paused = Event()


class Practitioner(Thread):
    """Posts until it is stopped. Like autosave, it sends a request again, with its token, until there is an answer."""

    def __init__(self, port, session, path):
        super().__init__(daemon=True)
        self.port, self.path = port, path
        self.cookies = f"sessionid={session}; csrftoken={CSRF}"
        self.failures, self.headings, self.unexpected, self.good_at = Counter(), Counter(), [], []
        self.stopping = Event()

    def send(self, path, fields, **headers):
        """POST. Returns (status, body) of the answer; (None, "") if the connection was cut."""
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields, doseq=True), headers)

    def read(self, path):
        """GET, like `send`."""
        return self._ask("GET", path, None, {})

    def _ask(self, method, path, body, headers):
        while paused.is_set():
            time.sleep(0.02)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers | {"Cookie": self.cookies, "X-CSRFToken": CSRF})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None, ""
        finally:
            connection.close()

    def until_answered(self, path, fields, is_good, **headers):
        """Send until the answer is good, and return its body; None if the server refuses for another reason."""
        while True:
            status, body = self.send(path, fields, **headers)
            if is_good(status, body):
                self.good_at.append(time.monotonic())
                return body
            if status is not None and status < 500:
                self.unexpected.append((status, body[:500]))
                return None
            self.failures[status or "cut"] += 1
            if heading := HEADING.search(body):
                self.headings[" ".join(re.sub("<[^>]+>", " ", heading[1]).split())] += 1
            if status and ("Traceback" in body or "SELECT" in body or "<h1>" not in body):
                self.unexpected.append((status, body[:500]))
            time.sleep(0.1)


class Writer(Practitioner):
    """Saves one draft again and again: save number n has the note "save n" and twenty new rows with one depth."""

    def __init__(self, port, session, path, fields, muscle):
        super().__init__(port, session, path)
        self.fields, self.muscle = fields, muscle
        self.sent = self.confirmed = 0

    def run(self):
        version = self.fields["version"]
        while not self.stopping.is_set():
            self.sent += 1
            body = self.until_answered(
                self.path + "edit/",
                self.fields | self.rows(self.sent) | {"version": version, "save_token": uuid4()},
                lambda status, body: status == 200 and '"version"' in body,
                **{"X-Autosave": "1"},
            )
            if body is None:
                return
            version, self.confirmed = json.loads(body)["version"], self.sent

    def rows(self, number):
        ids = [str(uuid4()) for _ in range(ROWS)]
        fields = {"muscle": self.muscle, "side": "right", "depth_mm": depth(number)}
        rows = {f"needling-{row}-{name}": value for row in ids for name, value in fields.items()}
        return {"needling": ids, "note": f"save {number}"} | rows


class Signer(Practitioner):
    """Signs one complete draft after another."""

    def __init__(self, port, session, drafts, password):
        super().__init__(port, session, "")
        self.drafts, self.password, self.confirmed = drafts, password, []

    def run(self):
        for path, key, version in self.drafts:
            if self.stopping.is_set():
                return
            fields = {"version": version, "password": self.password}
            if self.until_answered(path + "prove/", fields, lambda status, body: status == 302) is not None:
                self.confirmed.append(key)
            self.stopping.wait(0.3)


def depth(number):
    """The depth in mm of every row of save number `number`."""
    return number % 30 + 5

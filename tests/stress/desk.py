"""A browser at the desk, without Django: it holds two cookies, posts forms as htmx does, and reads the answers."""

import html
import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

PATIENCE = 60
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
REFUSAL = re.compile(r'role="alert"[^>]*data-refusal.*?</i>(.*?)</div></div>', re.DOTALL)
CHANGE = re.compile(r'name="change" value="(\d+)"')
VISIT = re.compile(r"/diary/(\d+)/")
SEEN = re.compile(r'name="seen_visit" value="(\d+)"')
TIME_OFF = re.compile(r"/diary/time-off/(\d+)/cancel/")
TO_MOVE = re.compile(r'action="/diary/(\d+)/rehome/".*?</form>', re.DOTALL)
VERSION = re.compile(r'name="version" value="(\d+)"')
OFFER = re.compile(r'name="slot"\s+value="([^"]+)"')


@dataclass
class Answer:
    """`visit` is the id of the changed appointment, or None if nothing was changed."""

    status: int
    visit: int | None
    message: str
    seconds: float


class Desk:
    def __init__(self, port, session):
        self.port, self.cookies = port, {"sessionid": session}
        status, headers, page = self._ask("GET", "/diary/book/")
        if status != 200:
            raise RuntimeError(f"The desk is not signed in: status {status}.")
        self.cookies["csrftoken"] = headers["Set-Cookie"].split("csrftoken=")[1].split(";")[0]
        self.csrf = CSRF.search(page)[1]

    def book(self, *, patient, type, slot, token=None):
        fields = {"patient": patient, "type": type, "slot": slot, "token": token or uuid4()}
        return self.post("/diary/book/", **fields)

    def move(self, visit, *, slot, version=""):
        return self.post(f"/diary/{visit}/move/", slot=slot, version=version)

    def edit(self, visit, *, type, minutes, room, version=""):
        return self.post(f"/diary/{visit}/edit/", type=type, minutes=minutes, room=room, version=version)

    def cancel(self, visit):
        return self.post(f"/diary/{visit}/cancel/", reason="The patient is ill")

    def check_in(self, visit):
        return self.post(f"/diary/{visit}/arrive/")

    def undo(self, visit):
        """Look at the visit first: the page says which change it would undo."""
        seen = CHANGE.search(self._ask("GET", f"/diary/{visit}/")[2])
        return self.post(f"/diary/{visit}/undo/", change=seen[1] if seen else "")

    def time_off(self, *, who, first_day, from_time, until_time):
        """Enter time off, and save it anyway when the page names the visits that it breaks."""
        fields = {"who": who, "first_day": first_day, "from_time": from_time, "until_time": until_time}
        _, _, page = self._ask("POST", "/diary/time-off/", self._body(**fields))
        return self.post("/diary/time-off/", **fields, seen_visit=SEEN.findall(page))

    def cancel_time_off(self, choose):
        """Take one of the planned absences back."""
        planned = TIME_OFF.findall(self._ask("GET", "/diary/time-off/")[2])
        return self.post(f"/diary/time-off/{choose(planned)}/cancel/") if planned else Answer(404, None, "", 0)

    def rehome(self, choose, action):
        """Deal with a visit of the list of those that cannot take place; "move" takes one of the offered times."""
        rows = [(row[1], row[0]) for row in TO_MOVE.finditer(self._ask("GET", "/diary/to-move/")[2])]
        if not rows:
            return Answer(404, None, "", 0)
        visit, row = choose(rows)
        fields = {"version": VERSION.search(row)[1], "action": action}
        if action == "move":
            fields["slot"] = choose(OFFER.findall(row) or [""])
        return self.post(f"/diary/{visit}/rehome/", **fields)

    def post(self, path, **fields):
        start = time.monotonic()
        status, headers, page = self._ask("POST", path, self._body(**fields))
        visit = VISIT.search(page) if "diary-changed" in headers.get("HX-Trigger", "") else None
        return Answer(status, visit and int(visit[1]), _message_of(page), time.monotonic() - start)

    def _body(self, **fields):
        return urlencode(fields | {"csrfmiddlewaretoken": self.csrf}, doseq=True)

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()


def _message_of(page):
    """The text of the refusal on a page, without tags."""
    refusal = REFUSAL.search(page)
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", refusal[1])).split()) if refusal else ""

"""What each person of the clinic does all morning: the file that Locust runs. It knows nothing of Django.

LOAD_PLAN names a JSON file with who works and on what (tests/load/clinic.py). What the server confirmed is written
beside it, as lines of JSON, so that it can be looked for in the database afterwards.
"""

import json
import os
import random
import re
from pathlib import Path
from uuid import uuid4

from locust import HttpUser, between, constant_pacing, events, task

PLAN = Path(os.environ["LOAD_PLAN"])
CSRF = "c" * 32
VERSION = re.compile(r'name="version" value="(\d+)"')
SAVES_OF_A_VISIT = 10
plan = json.loads(PLAN.read_text("utf-8"))
confirmed = []


@events.test_stop.add_listener
def write_confirmed(environment, **_):
    lines = "".join(json.dumps(line) + "\n" for line in confirmed)
    PLAN.with_suffix(".confirmed").write_text(lines, "utf-8")


class Person(HttpUser):
    """Somebody who is signed in already, with the session of the plan."""

    abstract = True
    role = ""

    def on_start(self):
        self.me = plan[self.role].pop()
        self.client.cookies.update({"sessionid": self.me["session"], "csrftoken": CSRF})

    def see(self, path, name):
        return self.client.get(path, name=name, allow_redirects=False).text

    def send(self, path, name, fields, wanted, **headers):
        """POST. An answer with another status than the wanted one is an error."""
        headers |= {"X-CSRFToken": CSRF}
        with self.client.post(
            path, fields, name=name, headers=headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code == wanted:
                answer.success()
            else:
                answer.failure(f"status {answer.status_code} instead of {wanted}")
        return answer


class Physiotherapist(Person):
    """A visit after the other: the list of the day, the chart, the session with its saves, and the signature."""

    role = "physiotherapists"
    weight = 6  # of every ten people, as in tests/load/__main__.py
    wait_time = between(2, 6)

    def on_start(self):
        super().on_start()
        self.draft = None

    @task
    def treat(self):
        if self.draft is None and not self.begin():
            self.see("/today/", "My day")
        elif self.saves < SAVES_OF_A_VISIT:
            self.save()
        else:
            self.sign()

    def begin(self):
        if not self.me["drafts"]:
            return False
        self.draft, self.saves = self.me["drafts"].pop(), 0
        self.see("/today/", "My day")
        self.see(f"/patients/{self.draft['patient']}/chart/", "Chart")
        page = self.see(self.draft["path"] + "edit/", "Session, open")
        self.version = int(VERSION.search(page)[1])
        return True

    def save(self):
        self.saves += 1
        fields = self.draft["fields"] | {"note": f"save {self.saves}", "version": self.version, "save_token": uuid4()}
        answer = self.send(self.draft["path"] + "edit/", "Session, save", fields, 200, **{"X-Autosave": "1"})
        if answer.status_code == 200 and "version" in answer.json():
            self.version = answer.json()["version"]
            confirmed.append({"draft": self.draft["id"], "note": fields["note"]})

    def sign(self):
        page = self.see(self.draft["path"] + "prove/", "Session, read before signing")
        fields = {"version": VERSION.search(page)[1], "password": self.me["password"]}
        answer = self.send(self.draft["path"] + "prove/", "Session, sign", fields, 302)
        if answer.status_code == 302:
            confirmed.append({"signed": self.draft["id"]})
        self.draft = None


class Desk(Person):
    """Looks at the day, searches for patients, books and checks in; the page asks for changes meanwhile."""

    role = "desks"
    weight = 3
    wait_time = constant_pacing(5)

    @task(6)
    def look(self):
        self.see(f"/diary/?day={random.choice(plan['days'])}", "Diary, a day")

    @task(4)
    def search(self):
        typed = random.choice(plan["names"])[: random.randint(2, 6)]
        self.see(f"/patients/?q={typed}", "Search of patients")

    @task(3)
    def find_times(self):
        self.see(f"/diary/book/?patient={random.choice(plan['patients'])}", "Book, free times")

    @task(3)
    def book(self):
        slot, patient = self.me["bookings"].pop()
        fields = {"slot": slot, "patient": patient, "type": plan["type"], "token": uuid4()}
        answer = self.send("/diary/book/", "Book", fields, 200, **{"HX-Request": "true"})
        if answer.status_code == 200:
            confirmed.append({"booked": slot})

    @task(1)
    def visits(self):
        self.see(f"/patients/{random.choice(plan['patients'])}/visits/", "A patient's visits")


class Admin(Person):
    """Reads the review, the lists and the audit trail."""

    role = "admins"
    weight = 1
    wait_time = constant_pacing(15)

    @task
    def read(self):
        name, path = random.choice(list(plan["admin_pages"].items()))
        self.see(path, name)

"""Desks in many processes at once, without Django, so that processes start quickly."""

import multiprocessing
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

from .desk import Desk

PROCESSES = 8
WAIT = 60
barrier = None


@contextmanager
def crowd(port, session, *, desks):
    """Desks signed in and waiting: yields send(jobs), which lets all go at one moment, a job a desk."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(desks)
    with ProcessPoolExecutor(min(PROCESSES, desks), context, _meet_at, (start,)) as pool:

        def send(jobs):
            shares = [jobs[number::PROCESSES] for number in range(min(PROCESSES, desks))]
            return [answer for answers in pool.map(_go_together, shares, *_same(port, session)) for answer in answers]

        yield send


def _same(*values):
    return [[value] * PROCESSES for value in values]


def _meet_at(start):
    global barrier
    barrier = start


def _go_together(jobs, port, session):
    desks = [Desk(port, session) for _ in jobs]
    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(_go, desks, jobs))


def _go(desk, job):
    verb, fields = job
    barrier.wait(WAIT)
    return getattr(desk, verb)(**fields)


def random_days(port, session, *, clients, operations, seconds, choices):
    """Random work from `clients` processes; returns how often each verb had which answer, and the slowest."""
    context = multiprocessing.get_context("spawn")
    until = time.time() + seconds
    share = [operations // clients + (number < operations % clients) for number in range(clients)]
    arguments = [(number, port, session, count, until, choices) for number, count in enumerate(share)]
    with ProcessPoolExecutor(clients, context) as pool:
        results = list(pool.map(_work, arguments))
    return sum((counted for counted, _ in results), Counter()), max(slowest for _, slowest in results)


def _work(arguments):
    number, port, session, operations, until, choices = arguments
    hand = _Hand(Desk(port, session), random.Random(number), choices)
    counted, slowest = Counter(), 0
    for _ in range(operations):
        if time.time() > until:
            break
        verb, answer = hand.do_something()
        counted[verb, answer.status] += 1
        slowest = max(slowest, answer.seconds)
    return counted, slowest


class _Hand:
    """Does random actions, also on visits of other desks, whose ids are consecutive."""

    VERBS = {"book": 40, "move": 25, "edit": 15, "cancel": 15, "check_in": 10, "undo": 10}
    VERBS |= {"time_off": 2, "cancel_time_off": 1, "rehome": 7}

    def __init__(self, desk, rng, choices):
        self.desk, self.rng, self.choices = desk, rng, choices
        self.oldest = self.newest = 0

    def do_something(self):
        verb = self.rng.choices(list(self.VERBS), list(self.VERBS.values()))[0] if self.newest else "book"
        answer = getattr(self, verb)()
        self.oldest, self.newest = self.oldest or answer.visit or 0, max(self.newest, answer.visit or 0)
        return verb, answer

    def book(self):
        return self.desk.book(
            patient=self.rng.choice(self.choices["patients"]),
            type=self.rng.choice(self.choices["types"]),
            slot=self.rng.choice(self.choices["slots"]),
        )

    def move(self):
        version = self.rng.choice(["", "", 1, 2])
        return self.desk.move(self._visit(), slot=self.rng.choice(self.choices["slots"]), version=version)

    def edit(self):
        return self.desk.edit(
            self._visit(),
            type=self.rng.choice(self.choices["types"]),
            minutes=self.rng.choice([15, 30, 45, 60, 90]),
            room=self.rng.choice(self.choices["rooms"]),
            version=self.rng.choice(["", "", 1, 2]),
        )

    def cancel(self):
        return self.desk.cancel(self._visit())

    def check_in(self):
        return self.desk.check_in(self._visit())

    def undo(self):
        return self.desk.undo(self._visit())

    def time_off(self):
        hour = self.rng.randint(8, 17)
        return self.desk.time_off(
            who=self.rng.choice(self.choices["people"]),
            first_day=self.rng.choice(self.choices["days"]),
            from_time=f"{hour:02}:00",
            until_time=f"{hour + 2:02}:00",
        )

    def cancel_time_off(self):
        return self.desk.cancel_time_off(self.rng.choice)

    def rehome(self):
        actions = ["move", "move", "move", "cancel", "wait", "keep", "no-answer", "message", "message", "no-message"]
        return self.desk.rehome(self.rng.choice, self.rng.choice(actions))

    def _visit(self):
        # Ids below our first visit belong to earlier tests and do not exist any more.
        return self.rng.randint(max(self.oldest, self.newest - 200), self.newest)

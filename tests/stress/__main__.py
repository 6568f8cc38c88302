"""Stress-test the diary in a temporary database on the server of DATABASE_URL. Exits with 1 if a check fails."""

import argparse
import os
import statistics
import sys
import time
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.db import connection  # noqa: E402

from clinic.models import Appointment  # noqa: E402
from tests.clinic.builders import monday  # noqa: E402

from .clinic import (  # noqa: E402
    choices_of,
    lost_changes,
    open_clinic,
    overlapping_pairs,
    slot,
    unknown_obstacles,
)
from .crowd import crowd, random_days  # noqa: E402
from .desk import Desk  # noqa: E402
from .server import serving, signed_in  # noqa: E402

# The slowest of many desks waits for all others, however fast the machine is.
MOST_SECONDS, MOST_TIMES_ALONE = 5, 1.5
DONE = {200, 302}
ANSWERS = DONE | {404, 409, 422}


class Checks:
    """Prints and counts the results of checks."""

    def __init__(self):
        self.passed = self.failed = 0

    def report(self, sentence, holds):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(f"{'ok    ' if holds else 'FAILED'} {sentence}", flush=True)


def one_slot(checks, clinic, port, session, *, clients, rounds):
    """All clients book one slot at the same moment; in every second round half of them book a longer, earlier visit."""
    alone = _seconds_alone(clinic, port, session)
    with crowd(port, session, desks=clients) as send:
        for number in range(rounds * 2):
            before, unequal = Appointment.objects.count(), number % 2
            day = monday() + timedelta(days=number)
            jobs = [
                _job(clinic, day, patient, unequal and client % 2) for client, patient in enumerate(clinic["patients"])
            ]
            answers = send(jobs)
            _judge(checks, f"{'09:00+45 and 09:15+30' if unequal else '09:15+30'}", answers, before, alone)


def _seconds_alone(clinic, port, session):
    """How long a refused booking takes when nobody else works: the median of five."""
    desk = Desk(port, session)
    verb, fields = _job(clinic, monday() - timedelta(days=7), clinic["patients"][0], False)
    return statistics.median(getattr(desk, verb)(**fields).seconds for _ in range(5))


def _job(clinic, day, patient, is_longer):
    clock, minutes = ("09:00", 45) if is_longer else ("09:15", 30)
    return "book", {"patient": patient, "type": clinic["types"][minutes], "slot": slot(clinic, day, clock)}


def _judge(checks, what, answers, before, alone):
    won = [answer for answer in answers if answer.visit]
    refused = [a for a in answers if a.status in (409, 422) and "is already booked 09:" in a.message]
    slowest = max(answer.seconds for answer in answers)
    rows = Appointment.objects.count() - before
    others = sorted({answer.status for answer in answers} - {200, 409, 422})
    limit = max(MOST_SECONDS, MOST_TIMES_ALONE * alone * len(answers))
    holds = len(won) == rows == 1 and not others and len(refused) == len(answers) - 1 and slowest <= limit
    checks.report(
        f"{len(answers)} clients book {what}: {rows} row, {len(won)} success, {len(refused)} named the clash,"
        f" other answers {others or 'none'}, slowest {slowest:.2f} s of {limit:.1f} s, {alone * 1000:.0f} ms alone",
        holds,
    )


def random_work(checks, clinic, port, session, *, clients, operations, seconds):
    """Bookings, moves, new lengths, cancellations, check-ins, undos, time off and re-homing at random, then a check."""
    choices = choices_of(clinic, patients=40)
    before, start = Appointment.objects.count(), time.monotonic()
    counted, slowest = random_days(
        port, session, clients=clients, operations=operations, seconds=seconds, choices=choices
    )
    done, took = counted.total(), time.monotonic() - start
    for verb in sorted({verb for verb, _ in counted}):
        answers = {status: count for (each, status), count in sorted(counted.items()) if each == verb}
        print(f"       {verb}: {', '.join(f'{count} x {status}' for status, count in answers.items())}")
    checks.report(f"{done} of {operations} operations from {clients} clients in {took:.0f} s", done == operations)
    strange = {status for _, status in counted} - ANSWERS
    checks.report(f"no answer of another kind ({strange or 'none'}), slowest {slowest:.2f} s", not strange)
    idle = {verb for verb, _ in counted if not any(counted[verb, status] for status in DONE)}
    checks.report(f"each verb did something ({', '.join(idle) or 'none'} did not)", not idle)
    rows = Appointment.objects.count() - before
    checks.report(
        f"{counted['book', 200]} bookings were accepted and {rows} are in the diary", rows == counted["book", 200]
    )


def arguments():
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of one slot, and as many of unequal times")
    parser.add_argument("--clients", type=int, default=200, help="that book one slot at one moment")
    parser.add_argument("--operations", type=int, default=10_000, help="at random, from 8 clients")
    parser.add_argument("--workers", type=int, default=4, help="of gunicorn")
    parser.add_argument("--seconds", type=int, default=1800, help="that the random work may last at most")
    return parser.parse_args()


def run(options):
    checks = Checks()
    clinic = open_clinic(patients=options.clients)
    session = signed_in(clinic["desk"])
    print(f"{connection.display_name}, {options.workers} workers", flush=True)
    with serving(workers=options.workers) as port:
        one_slot(checks, clinic, port, session, clients=options.clients, rounds=options.rounds)
        random_work(checks, clinic, port, session, clients=8, operations=options.operations, seconds=options.seconds)
    pairs, lost = overlapping_pairs(), lost_changes()
    checks.report(f"overlapping pairs in the end: {pairs}", not any(pairs.values()))
    checks.report(f"visits that differ from their last change: {len(lost)}", not lost)
    unknown = unknown_obstacles()
    checks.report(f"visits during time off that are not on the list to move: {len(unknown)}", not unknown)
    print(f"{checks.passed} passed, {checks.failed} failed", flush=True)
    return 1 if checks.failed else 0


def main():
    options = arguments()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        return run(options)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())

"""What writing the audit trail costs: the same pages with and without it, alternately."""

import statistics
from contextlib import contextmanager

from patients.audit import recording


@contextmanager
def without_audit_trail():
    """Switch the audit trail off. The app deliberately has no setting for this."""
    append = recording._append
    recording._append = lambda entry: entry
    try:
        yield
    finally:
        recording._append = append


def trail_cost(cases, *, timed, rounds):
    """{case: medians on and off in milliseconds, and the audit trail's share of the page's time}."""
    times = {name: ([], []) for name in cases}
    for number in range(rounds):
        for name, prepare in cases.items():
            on, off = times[name]
            for is_on in ((True, False), (False, True))[number % 2]:
                if is_on:
                    on.append(timed(prepare()))
                else:
                    with without_audit_trail():
                        off.append(timed(prepare()))
    return {name: _cost(statistics.median(on), statistics.median(off)) for name, (on, off) in times.items()}


def _cost(on, off):
    return {"on": on, "off": off, "share": (on - off) / on}

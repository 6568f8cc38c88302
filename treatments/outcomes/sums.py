"""Numbers of sessions that can be added up, whatever table they come from."""

from collections import defaultdict
from typing import NamedTuple

from treatments.estimates import mean_of, wilson


class Sums(NamedTuple):
    """Signed sessions, with the sum and the sum of squares of their change in pain (points, after - before).

    The fields are those of SessionSummary after its cell, in the same order.
    """

    sessions: int = 0
    change: int = 0
    change_squared: int = 0
    twitch: int = 0
    twitch_change: int = 0
    twitch_change_squared: int = 0
    no_twitch: int = 0
    no_twitch_change: int = 0
    no_twitch_change_squared: int = 0
    events: int = 0
    sessions_with_event: int = 0

    @classmethod
    def of(cls, change, *, sessions, twitch, sought):
        """Of sessions that all changed by as much: how many, with a twitch, with one sought."""
        quiet = sought - twitch
        numbers = [n * factor for n in (sessions, twitch, quiet) for factor in (1, change, change**2)]
        return cls(*numbers)

    @property
    def mean(self):
        return mean_of(self.sessions, self.change, self.change_squared)

    @property
    def twitch_mean(self):
        return mean_of(self.twitch, self.twitch_change, self.twitch_change_squared)

    @property
    def no_twitch_mean(self):
        return mean_of(self.no_twitch, self.no_twitch_change, self.no_twitch_change_squared)

    @property
    def not_sought(self):
        return self.sessions - self.twitch - self.no_twitch

    @property
    def event_share(self):
        """Interval of the share of sessions with any event, 0 to 1; None without sessions."""
        return wilson(self.sessions_with_event, self.sessions)


def added(pairs):
    """{key: Sums} of (key, Sums) pairs of which several may share a key."""
    groups = defaultdict(list)
    for key, sums in pairs:
        groups[key].append(sums)
    return {key: Sums(*map(sum, zip(*of_key, strict=True))) for key, of_key in groups.items()}

"""Arithmetic with periods of time, each a half-open interval [start, end)."""

from bisect import bisect_right


def merged(periods):
    """The periods in order, with touching and overlapping ones merged."""
    result = []
    for start, end in sorted(periods):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        elif start < end:
            result.append((start, end))
    return result


def without(periods, taken):
    """The periods, merged, without the `taken` ones. Both may be in any order."""
    left, taken = [], merged(taken)
    for start, end in merged(periods):
        for busy_start, busy_end in taken:
            if busy_end <= start:
                continue
            if busy_start >= end:
                break
            if start < busy_start:
                left.append((start, busy_start))
            start = max(start, busy_end)
        if start < end:
            left.append((start, end))
    return left


def is_within(start, end, periods):
    """Whether one of the merged periods contains [start, end)."""
    return any(first <= start and end <= last for first, last in periods)


class BusyTimes:
    """Busy periods, merged once so that many times can be checked quickly."""

    def __init__(self, periods):
        self.starts, self.ends = tuple(zip(*merged(periods), strict=True)) or ((), ())

    def is_clear(self, start, end):
        """Whether [start, end) overlaps no busy period."""
        # It overlaps none if the first period that ends after `start` begins at `end` or later.
        later = bisect_right(self.ends, start)
        return later == len(self.starts) or end <= self.starts[later]

    def gaps_in(self, start, end):
        """Yield the parts of [start, end) that overlap no busy period, in order."""
        later = bisect_right(self.ends, start)
        while later < len(self.starts) and self.starts[later] < end:
            if start < self.starts[later]:
                yield start, self.starts[later]
            start = self.ends[later]
            later += 1
        if start < end:
            yield start, end

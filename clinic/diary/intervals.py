"""Stretches of time, [start, end), and what is left of them."""

from bisect import bisect_right


def joined(stretches):
    """The same time in order, touching and overlapping stretches made one."""
    result = []
    for start, end in sorted(stretches):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        elif start < end:
            result.append((start, end))
    return result


def without(stretches, taken):
    """What is left of the stretches when the taken time is cut out. `taken` may come in any order."""
    left, taken = [], joined(taken)
    for start, end in joined(stretches):
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


def is_within(start, end, stretches):
    """Whether one of the joined stretches holds all of this time."""
    return any(first <= start and end <= last for first, last in stretches)


class Taken:
    """Taken time that is asked many times."""

    def __init__(self, stretches):
        self.starts, self.ends = tuple(zip(*joined(stretches), strict=True)) or ((), ())

    def is_clear(self, start, end):
        """Whether none of it lies in this time: the first stretch that ends later begins only then."""
        later = bisect_right(self.ends, start)
        return later == len(self.starts) or end <= self.starts[later]

"""Long lists in portions, because a query can take only so many values."""


def portions(values, size):
    """Yield the values in slices of this size, in their order; the last one can be shorter."""
    for start in range(0, len(values), size):
        yield values[start : start + size]

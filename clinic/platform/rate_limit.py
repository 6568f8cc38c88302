"""Limit how often something is tried, counted in the cache that all workers share."""

from django.core.cache import cache


def count_try(key, *, seconds):
    """Count one try and return how many there were with this key in the present period of so many seconds."""
    key = f"tries:{key}"
    if cache.add(key, 1, seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the period has just ended
        return 1


def tries_of(key):
    """How many tries with this key there were in the present period."""
    return cache.get(f"tries:{key}", 0)

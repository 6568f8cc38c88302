"""What the apps above contribute to the pages of this one. They add to it in their AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Registry:
    # Each takes a user and returns the name of the page that the user's day starts with, or "".
    start_pages: list[Callable] = field(default_factory=list)
    # {part of an address: name of the model whose key it is}, for parts that do not name the model themselves.
    address_parts: dict[str, str] = field(default_factory=lambda: {"entry_id": "waitinglistentry"})


registry = Registry()

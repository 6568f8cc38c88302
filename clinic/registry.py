"""What other apps add to the pages of this one. They register it in AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Registry:
    # Each function takes a user and returns the URL name of their start page, or "".
    start_pages: list[Callable] = field(default_factory=list)
    # The techniques that a practitioner's insurance may leave out, as (value, label).
    techniques: list = field(default_factory=list)
    # Called with an appointment; returns whether a record of a treatment belongs to it.
    has_session: Callable = field(default=lambda appointment: False)
    # {name of a URL parameter: name of its model}, for parameters that are not named after their model.
    address_parts: dict[str, str] = field(
        default_factory=lambda: {"entry_id": "waitinglistentry", "reply_id": "visitreply", "time_off_id": "timeoff"}
    )


registry = Registry()

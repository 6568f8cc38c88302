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
    # Called with a time; returns a queryset of the ids of visits whose patients should be contacted then.
    visits_to_ask_about: Callable = field(default=lambda at: [])
    # Returns when the records were last verified; None for never.
    records_verified_at: Callable = field(default=lambda: None)
    # Each sends the e-mails to the clinic that are due and returns (how many it sent, how many failed).
    send_alerts: list[Callable] = field(default_factory=list)
    # The name of the page that a private link opens, for kinds of messages that do not lead to the visit.
    link_pages: dict[str, str] = field(default_factory=dict)
    # {name of a URL parameter: name of its model}, for parameters that are not named after their model.
    address_parts: dict[str, str] = field(
        default_factory=lambda: (
            {"entry_id": "waitinglistentry", "reply_id": "visitreply", "time_off_id": "timeoff"}
            | {"merge_id": "patientmerge"}
        )
    )


registry = Registry()

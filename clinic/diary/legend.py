"""The icons of the diary and what each means: status, what the patient answered, and the marks of a visit."""

from clinic.models import Appointment, VisitReply

Status = Appointment.Status
ICONS = {
    Status.BOOKED: "calendar2-check",
    Status.ARRIVED: "person-check-fill",
    Status.IN_SESSION: "play-circle-fill",
    Status.DONE: "check-circle-fill",
    Status.NO_SHOW: "person-x-fill",
    Status.CANCELLED: "x-circle",
}
IMPOSSIBLE = "exclamation-octagon-fill", "Cannot take place"
MARKS = [
    ("1-circle", "First visit"),
    ("chat-left-text-fill", "Has a note"),
    ("info-circle-fill", "Note of the patient"),
]
UNCONFIRMED = "question-circle", "Not yet confirmed"
# What patients of booked visits answered to a message.
REPLIES = {
    VisitReply.Kind.CONFIRMED: ("calendar2-check-fill", "Confirmed"),
    VisitReply.Kind.MOVE: ("envelope-exclamation-fill", "Asks to move"),
    VisitReply.Kind.CANCEL: ("envelope-x-fill", "Asks to cancel"),
}
LEGEND = [*((ICONS[status], status.label) for status in Status), UNCONFIRMED, *REPLIES.values(), IMPOSSIBLE, *MARKS]

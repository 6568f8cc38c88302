// The states of the session page while saving, and the events between them. docs/save-protocol.md explains them; a test
// compares that page with this table.
export const TRANSITIONS = {
  // Nothing to save.
  idle: { change: "editing", submit: "leaving", resend: "leaving" },
  // Something has changed; the save waits for a pause in typing.
  editing: { change: "editing", pause: "sending", leave_page: "sending", submit: "leaving", resend: "leaving" },
  // A save is on its way.
  sending: {
    change: "sending",
    try_again: "sending",
    leave_page: "sending",
    saved: "idle",
    unreachable: "offline",
    not_signed_in: "signed_out",
    stale: "conflict",
    refused: "stopped",
    submit: "leaving",
    resend: "leaving",
  },
  // The server does not answer; the same save is sent again every few seconds.
  offline: { change: "offline", try_again: "sending", leave_page: "offline", submit: "leaving" },
  // Nobody or another user is signed in; the same save is sent again every few seconds.
  signed_out: { change: "signed_out", try_again: "sending", leave_page: "signed_out", submit: "leaving" },
  // The session was saved elsewhere in the meantime; the user compares both versions.
  conflict: { change: "conflict", compare: "leaving", submit: "leaving" },
  // The server does not accept this page: the session is signed, or the changes are not allowed.
  stopped: { change: "stopped", submit: "leaving" },
  // The browser submits everything and goes to another page.
  leaving: { change: "leaving", submit: "leaving" },
};

// The states of a page that saves a session, and which event leads from one to the next. docs/save-protocol.md explains
// them; a test keeps that page and this table equal.
export const TRANSITIONS = {
  // Nothing to save.
  idle: { change: "editing", submit: "leaving", resend: "leaving" },
  // Something was changed; the save waits for a pause in the typing.
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
  // The server did not answer; the same save is sent again every few seconds.
  offline: { change: "offline", try_again: "sending", leave_page: "offline", submit: "leaving" },
  // Nobody, or somebody else, is signed in; the same save is sent again every few seconds.
  signed_out: { change: "signed_out", try_again: "sending", leave_page: "signed_out", submit: "leaving" },
  // Somebody else saved this session meanwhile; the person compares both versions.
  conflict: { change: "conflict", compare: "leaving", submit: "leaving" },
  // The server does not accept this page: the session is signed, or what was sent is not allowed.
  stopped: { change: "stopped", submit: "leaving" },
  // The browser goes to another page with everything that was written.
  leaving: { change: "leaving", submit: "leaving" },
};

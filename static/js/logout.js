// Logging out leaves nothing of a patient in this browser; what has not reached the server is asked about first.
document.addEventListener("submit", (event) => {
  const user = event.target.dataset?.logout;
  if (!user) return;
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(`filiform:${user}:`));
  const question =
    `This browser still keeps writing of ${kept.length} session(s) that it has not seen arrive. ` +
    "Log out and delete it? Cancel, then open the session, to send it.";
  if (kept.length && !confirm(question)) event.preventDefault();
  else kept.forEach((key) => localStorage.removeItem(key));
});

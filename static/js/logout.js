// Logging out deletes all patient data in this browser. It asks first if the server has not confirmed some changes.
import { forget, waiting } from "./session/kept.js";

document.addEventListener("submit", (event) => {
  const user = event.target.dataset?.logout;
  if (!user) return;
  const kept = waiting().filter((one) => one.user === user);
  const sessions = kept.length === 1 ? "1 session" : `${kept.length} sessions`;
  const question =
    `This browser has unsaved changes of ${sessions}. Log out and delete them? ` +
    "To save them, choose Cancel and open the session.";
  if (kept.length && !confirm(question)) event.preventDefault();
  else forget(kept);
});

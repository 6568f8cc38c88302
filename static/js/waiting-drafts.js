// Says on the sign-in page and on the day's page that unsaved changes wait in this browser, and deletes expired ones.
import { forgetExpired, waiting } from "./session/kept.js";

forgetExpired();
const note = document.querySelector("[data-drafts-wait]");
const found = waiting();
if (note && found.length) {
  const isOwn = ({ user }) => user === note.dataset.draftsWait;
  const days = found.map(({ entry }) => entry.until).filter(Boolean);
  const { lang } = document.documentElement;
  const day = { day: "numeric", month: "long" };
  const last = days.length ? new Date(Math.min(...days)).toLocaleDateString(lang, day) : "";
  note.querySelector("[data-own]").hidden = !found.some(isOwn);
  note.querySelector("[data-others]").hidden = found.every(isOwn);
  note.querySelector("[data-until]").textContent = last && `The first are deleted on ${last}.`;
  note.hidden = false;
}

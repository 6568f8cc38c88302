// Keys that press a link of the rail or a link to a neighbour; the link names its key in data-key.
import { isSingleKey } from "./keys.js";

document.addEventListener("keydown", (event) => {
  if (!isSingleKey(event)) return;
  const link = document.querySelector(`:is(.fl-rail, .fl-page-nav) a[data-key="${CSS.escape(event.key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

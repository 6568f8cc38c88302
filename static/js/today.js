// My day: j and k go through the visits, Enter starts or continues. Polls keep the focus, and what was unfolded.
import { isSingleKey } from "./keys.js";

const list = document.getElementById("day-list");
const stops = () =>
  [...(list?.querySelectorAll(".fl-appt__act :is(a, button)") ?? [])].filter((one) => one.checkVisibility());
let wasOpen = false;

document.addEventListener("keydown", (event) => {
  const by = { j: 1, k: -1 }[event.key];
  if (!by || !isSingleKey(event)) return;
  const all = stops();
  const here = all.indexOf(document.activeElement);
  const next = here < 0 ? all[by > 0 ? 0 : all.length - 1] : all[here + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.addEventListener("htmx:beforeSwap", () => {
  wasOpen = Boolean(list?.querySelector("[data-keep-open]")?.open);
});
document.addEventListener("htmx:afterSwap", () => {
  const details = list?.querySelector("[data-keep-open]");
  if (details && wasOpen) details.open = true;
});

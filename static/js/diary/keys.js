// Keys: n books, a marks as arrived, m moves, arrows go between visits or days. They are off while typing.
import { areOff } from "../keys.js";
import { moveByKeys } from "./drag.js";

const stops = (column) => [...column.querySelectorAll("a.fl-slot, a.fl-gap")];

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, dialog[open], [contenteditable]")) return;
    if (areOff() && event.key.length === 1) return;
    const slot = event.target.closest("a.fl-slot, a.fl-gap");
    if (event.key === "Escape") press(event, document.querySelector("#panel [data-close]"));
    else if (event.key === "m" && slot?.draggable && moveByKeys(slot)) event.preventDefault();
    else if (event.key === "a" && slot?.dataset.visit) arrive(event, slot);
    else if (slot && event.key.startsWith("Arrow")) step(event, slot);
    else press(event, document.querySelector(`[data-key="${CSS.escape(event.key)}"]`));
  });
}

function press(event, target) {
  if (!target) return;
  event.preventDefault();
  target.click();
}

function arrive(event, slot) {
  event.preventDefault();
  htmx.ajax("POST", `${slot.getAttribute("href")}arrive/`, { target: "#panel" });
}

function step(event, slot) {
  if (slot.closest(".is-moving")) return;
  event.preventDefault();
  const columns = [...document.querySelectorAll("[data-column]")];
  const column = slot.closest("[data-column]");
  const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (down) {
    stops(column)[stops(column).indexOf(slot) + down]?.focus();
    return;
  }
  const here = columns.indexOf(column);
  const beside = event.key === "ArrowRight" ? columns.slice(here + 1) : columns.slice(0, here).reverse();
  const next = beside.find((other) => stops(other).length);
  if (!next) return;
  const top = slot.getBoundingClientRect().top;
  const away = (other) => Math.abs(other.getBoundingClientRect().top - top);
  stops(next)
    .sort((one, other) => away(one) - away(other))[0]
    .focus();
}

// The find box: "/" or the Find button opens it on any page; arrow keys move through the results.
import { isSingleKey } from "./keys.js";

const dialog = document.querySelector("[data-find]");

function open() {
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("input").select();
}

document.addEventListener("click", (event) => {
  if (!dialog) return;
  if (event.target.closest("[data-find-open]")) {
    event.preventDefault();
    open();
  } else if (event.target === dialog || event.target.closest("[data-find-close]")) {
    dialog.close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && dialog && isSingleKey(event)) {
    event.preventDefault();
    open();
  }
  const list = event.target.closest("[data-find], [data-find-page]");
  if (list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const stops = [list.querySelector("input"), ...list.querySelectorAll("[data-hit]")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
});

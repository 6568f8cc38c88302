// A slow or failed request of the panel is visible at once, and the panel never keeps another patient's visit meanwhile.
import { panel } from "./panel.js";

const SLOW = 400; // milliseconds after which the panel says that it loads
let shown = ""; // the id of the visit that the panel shows
let newest = null; // the newest request of the panel; the answer to an older one is not shown

// Mark the visit of the open panel in the grid, also after the grid was loaded again.
function mark() {
  for (const slot of document.querySelectorAll("a.fl-slot.is-open")) slot.classList.remove("is-open");
  if (shown) document.getElementById(`visit-${shown}`)?.classList.add("is-open");
}

function say(words, retry) {
  const box = document.createElement("div");
  box.className = "fl-drawer__body";
  const note = document.createElement("p");
  note.className = retry ? "fl-note fl-note--warn mb-0" : "fl-muted mb-0";
  note.setAttribute("role", retry ? "alert" : "status");
  note.textContent = words;
  box.append(note);
  if (retry) {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn btn-outline-secondary";
    again.textContent = "Try again";
    again.addEventListener("click", () => htmx.ajax("GET", retry, { target: "#panel" }));
    box.append(again);
  }
  panel().replaceChildren(box);
}

// What somebody is typing stays; only a notice is put above it.
function warnAboveForm() {
  panel().querySelector("[data-connection]")?.remove();
  const note = document.createElement("p");
  note.className = "fl-note fl-note--danger m-3";
  note.setAttribute("role", "alert");
  note.dataset.connection = "";
  note.textContent = "No answer from the server, so this may not be saved. What you typed is still here. Try again.";
  panel().prepend(note);
  note.scrollIntoView({ block: "nearest" });
}

export function startConnection() {
  let waiting = null;
  document.addEventListener("htmx:beforeSend", (event) => {
    const { target, requestConfig } = event.detail;
    if (target !== panel()) return;
    newest = event.detail.xhr;
    panel().querySelector("[data-connection]")?.remove();
    panel().setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    // A form stays while it is sent or looks for times. Another page replaces what the panel shows.
    const isOther = requestConfig.verb === "get" && !event.detail.elt.closest?.("#panel");
    if (isOther) waiting = setTimeout(() => say("Loading…"), SLOW);
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.target !== panel() || event.detail.xhr !== newest) return;
      clearTimeout(waiting);
      panel().removeAttribute("aria-busy");
      const { verb, path } = event.detail.requestConfig;
      if (verb !== "get" || panel().contains(event.detail.elt)) return warnAboveForm();
      shown = "";
      say("The server cannot be reached. Check the connection of this computer.", path);
      mark();
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== panel()) return;
    if (event.detail.xhr === newest) clearTimeout(waiting);
    else event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel()) {
      panel().removeAttribute("aria-busy");
      shown = panel().querySelector("[data-visit-shown]")?.dataset.visitShown;
    }
    mark();
  });
  for (const name of ["offline", "online"]) addEventListener(name, showLine);
  showLine();
}

// A line above the diary while this computer is offline: the grid then shows what was last loaded.
function showLine() {
  document.querySelector("[data-offline]").hidden = navigator.onLine;
}

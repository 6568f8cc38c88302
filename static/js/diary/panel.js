// The panel next to the grid. Gaps and visits open in it, the focus moves into it and back, and Escape closes it.
const PHONE = matchMedia("(width < 700px)");
const QUARTER = 15 * 60 * 1000;
let opener = null;

export const panel = () => document.getElementById("panel");

export function open(url, from) {
  opener = from?.id ?? null;
  if (PHONE.matches) location.assign(url);
  else htmx.ajax("GET", url, { target: "#panel" });
}

// A gap is one link. A click in it chooses the quarter of an hour under the pointer.
export function gapUrl(gap, clientY) {
  const url = new URL(gap.href);
  const { start, clicked } = clickedQuarter(gap, clientY);
  url.searchParams.set("at", new Date(Math.max(start, clicked)).toISOString().replace(/:\d\d\.\d+Z/, "Z"));
  return url.pathname + url.search;
}

function clickedQuarter(gap, clientY) {
  const box = gap.getBoundingClientRect();
  const length = Number(gap.dataset.rows) * 5 * 60 * 1000;
  const start = Date.parse(new URL(gap.href).searchParams.get("at"));
  const clicked = Math.max(
    start,
    Math.floor((start + ((clientY - box.top) / box.height) * length) / QUARTER) * QUARTER,
  );
  return { start, clicked, length, height: box.height };
}

// While the pointer is over a gap, a frame shows the quarter that a click would book, with its local time.
function aim(gap, clientY) {
  const { start, clicked, length, height } = clickedQuarter(gap, clientY);
  let frame = gap.querySelector(".fl-aim");
  if (!frame) {
    frame = document.createElement("span");
    frame.className = "fl-aim";
    frame.setAttribute("aria-hidden", "true");
    gap.append(frame);
  }
  const [hour, minute] = gap.dataset.starts.split(":").map(Number);
  const minutes = hour * 60 + minute + (clicked - start) / 60000;
  const words = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0"));
  frame.textContent = `Book ${words.join(":")}`;
  frame.style.top = `${((clicked - start) / length) * height}px`;
  frame.style.height = `${(Math.min(QUARTER, start + length - clicked) / length) * height}px`;
}

export function startPanel() {
  document.addEventListener("pointermove", (event) => {
    const gap = event.pointerType === "mouse" && event.target.closest?.("[data-gap]");
    if (gap) aim(gap, event.clientY);
  });
  document.addEventListener("click", (event) => {
    const gap = event.target.closest?.("[data-gap]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!gap || !plain || !document.querySelector("[data-diary]")) return;
    event.preventDefault();
    open(event.detail && !PHONE.matches ? gapUrl(gap, event.clientY) : gap.getAttribute("href"), gap);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target, requestConfig } = event.detail;
    if (target?.id !== "panel" || requestConfig.verb !== "get") return;
    if (elt.closest("[data-diary], .fl-head")) opener = elt.id || null;
    if (PHONE.matches && elt.href && !elt.closest("#panel")) {
      event.preventDefault();
      location.assign(elt.href);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== panel()) return;
    const first = ["[data-refusal]", "[data-focus]", "[data-drawer-title]"]
      .map((name) => panel().querySelector(name))
      .find(Boolean);
    if (event.detail.requestConfig.elt?.closest?.("[data-close]") && opener) document.getElementById(opener)?.focus();
    else first?.focus();
    panel().scrollTop = 0;
  });
  // Include letters typed before htmx listened to the new search box.
  document.addEventListener("htmx:afterSettle", (event) => {
    const find = event.detail.target === panel() && document.getElementById("booking-find");
    if (find && find.value !== find.defaultValue) htmx.trigger(find, "early");
  });
  // Typing in the custom time selects it.
  document.addEventListener("input", (event) => {
    const own = event.target.closest(".fl-suggest .fl-own");
    if (own) document.getElementById("slot-own").checked = true;
  });
  startWish();
  startPatientSearch();
}

// The wish: Enter searches instead of booking, a jump fills in the first day, and a time that was chosen while the search
// was running stays chosen.
function startWish() {
  let chosen = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "found") chosen = document.querySelector("[name=slot]:checked")?.value;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "found" || !chosen) return;
    const again = document.querySelector(`[name=slot][value="${CSS.escape(chosen)}"]`);
    if (again) again.checked = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-wish] input")) return;
    event.preventDefault();
    // The browser sends one change event when the field is left, and none later.
    event.target.blur();
    event.target.focus();
  });
  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-from-day]");
    const from = document.getElementById("id_from_day");
    if (!jump || !from) return;
    event.preventDefault();
    from.value = jump.value;
    from.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// The patient search of a booking: arrows go through the hits, and Enter goes to the first one.
function startPatientSearch() {
  document.addEventListener("keydown", (event) => {
    const find = event.target.closest?.("#booking-find");
    const hit = event.target.closest?.("[data-hit]");
    if (!find && !hit) return;
    const hits = [...panel().querySelectorAll("[data-hit]")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (find && event.key === "Enter" && hits.length === 1) hits[0].click();
    else if (find && hits.length && (event.key === "Enter" || step === 1)) hits[0].focus();
    else if (hit && step) (hits[hits.indexOf(hit) + step] ?? document.getElementById("booking-find")).focus();
    else return;
    event.preventDefault();
  });
}

// The strip of running timers and other drafts on every page. The server sends them every 20 seconds; the browser counts
// down.
import { isMuted, mute, ring } from "./alarm.js";
import { now } from "./clock.js";

const strip = document.querySelector("[data-timers]");
if (strip) startStrip();

function startStrip() {
  const list = strip.querySelector("[data-timers-list]");
  const button = strip.querySelector("[data-timers-mute]");
  const head = document.querySelector(".fl-head");
  const announced = new Set();
  let shown = null; // what the server sent last
  let isFirst = true;
  let isPressed = false;

  // A link that is replaced under the finger would lose the tap.
  list.addEventListener("pointerdown", () => (isPressed = true));
  for (const type of ["pointerup", "pointercancel"])
    addEventListener(type, () => setTimeout(() => (isPressed = false)));

  // An unchanged or refused answer changes nothing, so that the focus stays where it is.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== list) return;
    const { status, responseText } = event.detail.xhr;
    event.detail.shouldSwap = status === 200 && responseText !== shown && !isPressed;
    if (event.detail.shouldSwap) shown = responseText;
  });
  document.addEventListener("htmx:afterSwap", (event) => event.detail.target === list && tick());
  button.addEventListener("click", () => {
    mute(!isMuted());
    showMute();
  });
  window.addEventListener("storage", showMute);

  function showMute() {
    button.setAttribute("aria-pressed", String(isMuted()));
    button.querySelector(".bi").className = `bi bi-volume-${isMuted() ? "mute" : "up"}`;
    button.querySelector("span").textContent = isMuted() ? "Sound off" : "Sound on";
  }

  function tick() {
    const items = [...list.querySelectorAll("[data-started]")];
    strip.hidden = !list.children.length;
    button.hidden = !items.length;
    if (head) strip.style.top = `${head.offsetHeight}px`;
    items.forEach(show);
    if (items.length) isFirst = false;
  }

  function show(item) {
    const started = Date.parse(item.dataset.started);
    const planned = Number(item.dataset.planned);
    const elapsed = Math.max(0, Math.round((now() - started) / 1000));
    const isOver = planned > 0 && elapsed >= planned;
    const time = planned ? Math.abs(planned - elapsed) : elapsed;
    item.classList.toggle("is-over", isOver);
    item.querySelector("[data-time]").textContent = isOver ? `Over ${clock(time)}` : clock(time);
    if (!isOver) return;
    announce(item, started);
    ring(item.dataset.timerRow, started, elapsed - planned);
  }

  // A timer that was over before this page opened is announced without interrupting.
  function announce(item, started) {
    const key = `${item.dataset.timerRow} ${started}`;
    if (announced.has(key)) return;
    announced.add(key);
    const place = isFirst ? document.querySelector("[data-timers-status]") : alertPlace();
    const who = item.querySelector("[data-timer-who]").textContent.replace(/\s+/g, " ").trim();
    place.textContent = `Timer over: ${who}`;
  }

  // Screen readers announce an alert when it is added to the page.
  function alertPlace() {
    const place = document.createElement("p");
    place.className = "visually-hidden";
    place.setAttribute("role", "alert");
    place.dataset.timersAlert = "";
    document.querySelector("[data-timers-alert]")?.remove();
    document.body.append(place);
    return place;
  }

  showMute();
  setInterval(tick, 1000);
}

const clock = (total) => `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;

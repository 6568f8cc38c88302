// The grid polls every 20 seconds with the ETag of the shown day. The server answers 304 if nothing has changed.
const PHONE = matchMedia("(width < 700px)");

// The first visit or gap of a column of today that is not over.
function nextIn(column) {
  const now = column?.querySelector(".fl-now")?.dataset.from;
  return (
    now && [...column.querySelectorAll("[data-to]")].find((item) => item.dataset.to > now && item.querySelector("a"))
  );
}

export function startPolling(grid) {
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== grid) return;
    event.detail.headers["If-None-Match"] = grid.querySelector("[data-tag]")?.dataset.tag ?? "";
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === grid && (document.hidden || grid.querySelector(".is-moving"))) event.preventDefault();
  });
  let scrolled = [0, 0];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== grid) return;
    const diary = grid.firstElementChild;
    scrolled = [diary.scrollLeft, diary.scrollTop];
    // A refused or lost poll changes nothing; the next one tries again.
    event.detail.shouldSwap = event.detail.xhr.status === 200;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === grid) grid.firstElementChild.scrollTo(...scrolled);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.body.dispatchEvent(new Event("diary-changed"));
  });
  const now = grid.querySelector(".fl-now");
  if (!PHONE.matches) now?.scrollIntoView({ block: "center", inline: "nearest" });
  else if (!location.hash) nextIn(now?.parentElement)?.scrollIntoView({ block: "center" });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".fl-jump > a");
    const next = link && nextIn(document.querySelector(link.hash)?.closest("[data-column]"));
    if (!next) return;
    event.preventDefault();
    next.scrollIntoView({ block: "center" });
    next.querySelector("a")?.focus({ preventScroll: true });
  });
}

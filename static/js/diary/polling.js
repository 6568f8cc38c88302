// The grid polls every 20 seconds with the ETag of the shown day. The server answers 304 if nothing has changed.
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
  grid.querySelector(".fl-now")?.scrollIntoView({ block: "center", inline: "nearest" });
}

// htmx: show the response of a refused request like any other, say when there is none, and always send the current CSRF
// token.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 403, 404, 409, 422, 500].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (token) event.detail.headers["X-CSRFToken"] = token[1];
  // A poll must not extend a session that nobody uses.
  if ("passive" in event.detail.elt.dataset) event.detail.headers["X-Passive"] = "1";
});
// A part of a form with its own button: Enter presses that button and does not send the whole form.
document.addEventListener("keydown", (event) => {
  const button = event.key === "Enter" && event.target.dataset.enterPresses;
  if (!button) return;
  event.preventDefault();
  document.getElementById(button)?.click();
});
// Show at once that a request got no answer, or one that is not shown. On the diary the panel says so itself
// (diary/connection.js). A poll says nothing, because it tries again.
const unsaid = ({ elt, target }) =>
  !("passive" in elt.dataset) && !(target?.id === "panel" && document.querySelector("[data-diary]"));
const forget = () => document.getElementById("no-answer")?.remove();
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    if (!unsaid(event.detail)) return;
    forget();
    const note = document.createElement("p");
    note.id = "no-answer";
    note.className = "fl-note fl-note--danger m-3";
    note.setAttribute("role", "alert");
    note.textContent =
      event.detail.requestConfig.verb === "get"
        ? "The server cannot be reached. Check the connection of this computer, then try again."
        : "No answer from the server, so this may not be saved. What you typed is still here. Try again.";
    event.detail.target?.before(note);
    note.scrollIntoView({ block: "nearest" });
  });
}
document.addEventListener("htmx:afterSwap", (event) => {
  if (!("passive" in (event.detail.elt.dataset ?? {}))) forget();
});

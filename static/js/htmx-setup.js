// htmx: show the response of a refused request like any other, and always send the current CSRF token.
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

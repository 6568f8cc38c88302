// Fragments: the answer of a refused request is shown like any other, and the CSRF token is always the current one.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 403, 404, 409, 422, 500].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (token) event.detail.headers["X-CSRFToken"] = token[1];
  // A poll is no sign of life: it must not keep a session open that nobody uses.
  if ("passive" in event.detail.elt.dataset) event.detail.headers["X-Passive"] = "1";
});

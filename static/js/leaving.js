// The browser asks before somebody leaves a form with something typed, ticked or drawn that is not saved. So does the
// side panel of the diary before something else is opened in it in place of typed text. A form that came back with errors is not saved either.
// data-ask-before-leaving="unsaved" says so of one without errors, "never" is for a form that saves by itself.
const changed = new WeakSet();
const mayAsk = (form) => form?.method === "post" && form.dataset.askBeforeLeaving !== "never";

function isUnsaved(form) {
  if (!mayAsk(form)) return false;
  return changed.has(form) || form.dataset.askBeforeLeaving === "unsaved" || form.querySelector(".is-invalid") !== null;
}

function note(event) {
  const form = event.target.closest?.("form");
  const isTyped = event.type !== "pointerdown" || event.target.matches("canvas");
  if (isTyped && mayAsk(form)) changed.add(form);
}

for (const type of ["input", "change", "pointerdown"]) document.addEventListener(type, note);

// What was asked of the time finder is quickly asked again, so it is not worth a question.
const isOwnText = (field) => /^(text|tel|email|textarea)$/.test(field.type) && !field.closest("[data-wish]");

let isSending = false;
document.addEventListener("submit", (event) => {
  changed.delete(event.target);
  isSending = true;
  setTimeout(() => (isSending = false));
});
addEventListener("pageshow", () => (isSending = false));
addEventListener("beforeunload", (event) => {
  if (!isSending && [...document.forms].some(isUnsaved)) event.preventDefault();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target, requestConfig } = event.detail;
  if (target?.id !== "panel" || requestConfig.verb !== "get") return;
  const fields = target.querySelectorAll("form[method=post] :is(input, textarea)");
  const isTyped = [...fields].some((field) => isOwnText(field) && field.value !== field.defaultValue);
  if (
    isTyped &&
    !event.detail.elt.closest("#panel form") &&
    !confirm("Leave this form? What you typed in it is not saved.")
  )
    event.preventDefault();
});

// The browser asks before somebody leaves a form with something typed, ticked or drawn that is not saved.
// data-ask-before-leaving="unsaved" is for a form that came back with errors: what is in it is not saved either.
for (const form of document.querySelectorAll("[data-ask-before-leaving]")) {
  let isChanged = form.dataset.askBeforeLeaving === "unsaved";
  const change = () => (isChanged = true);
  form.addEventListener("input", change);
  form.addEventListener("change", change);
  form.querySelector("canvas")?.addEventListener("pointerdown", change);
  form.addEventListener("submit", () => (isChanged = false));
  addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
}

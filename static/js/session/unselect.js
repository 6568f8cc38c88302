// Tapping a selected radio button clears it, so that a mistake can be undone.
export function startUnselect(form, selector) {
  form.addEventListener("click", (event) => {
    const radio = event.target;
    if (!radio.matches?.(selector)) return;
    if (radio.dataset.was === "1") {
      radio.checked = false;
      radio.dataset.was = "";
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    } else remember(radio);
  });

  function remember(radio) {
    form
      .querySelectorAll(`[name="${CSS.escape(radio.name)}"]`)
      .forEach((other) => (other.dataset.was = other.checked ? "1" : ""));
  }

  form.querySelectorAll(`${selector}:checked`).forEach(remember);
}

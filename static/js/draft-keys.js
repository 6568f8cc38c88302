// Keys in a session, an assessment or a letter: Ctrl and Enter signs, digits choose a pain score that has the focus.
export function startDraftKeys() {
  let lastDigitAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      event.preventDefault();
      document.querySelector("[data-sign]").click();
    } else if (event.target.matches(".fl-nrs input") && /^[0-9]$/.test(event.key)) {
      const ten = event.key === "0" && event.target.value === "1" && Date.now() - lastDigitAt < 1500;
      lastDigitAt = Date.now();
      const radio = event.target.closest(".fl-nrs").querySelector(`input[value="${ten ? 10 : event.key}"]`);
      radio.checked = true;
      radio.focus();
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

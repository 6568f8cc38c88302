// The screening questions: "no to the others" answers in the page what is still open. Without it the server does.
const button = document.querySelector("[data-others-no]");

button?.addEventListener("click", (event) => {
  event.preventDefault();
  const open = [...button.form.querySelectorAll("[data-ask]")].filter((ask) => !ask.querySelector(":checked"));
  for (const ask of open) {
    const no = ask.querySelector('[type="radio"][value="no"]');
    no.checked = true;
    no.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const said = button.form.querySelector("[data-others-no-said]");
  said.textContent = `${open.length} question${open.length === 1 ? "" : "s"} answered with no. Not saved yet.`;
});

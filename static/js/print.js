// Printing: at once on a page that is made for it, or by a button.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
if (document.querySelector("[data-print-now]")) addEventListener("load", () => print());

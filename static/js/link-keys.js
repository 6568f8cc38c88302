// Keys that press a link of the page: the link names its key in data-key. They are off while typing.
document.addEventListener("keydown", (event) => {
  // Some keyboards need AltGr for a bracket, and some systems report AltGr as Ctrl and Alt.
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if ((modified && !event.getModifierState("AltGraph")) || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, dialog[open], [contenteditable]")) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

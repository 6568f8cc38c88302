// Single keys: they are off while typing, and where the user switched them off for this browser (help page).
const OFF = "filiform-single-keys-off";

export const areOff = () => localStorage.getItem(OFF) === "1";
export const setOff = (off) => (off ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF));

/** Whether this keydown is meant as a single key and not as typing or as a key of the browser. */
export function isSingleKey(event) {
  // Some keyboards need AltGr for a bracket, and some systems report AltGr as Ctrl and Alt.
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if ((modified && !event.getModifierState("AltGraph")) || event.defaultPrevented || areOff()) return false;
  const typing = 'input:not([type="radio"], [type="checkbox"]), textarea, select, dialog[open], [contenteditable]';
  return !event.target.closest(typing);
}

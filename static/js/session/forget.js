// A signed session needs nothing of what an earlier page kept in this browser.
const { detail, signed } = document.querySelector("[data-detail]").dataset;
if (signed !== undefined) {
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(`filiform:${detail}:`));
  kept.forEach((key) => localStorage.removeItem(key));
}

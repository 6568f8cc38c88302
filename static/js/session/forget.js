// A session that is closed needs nothing of what an earlier page kept in this browser.
const { detail, closed } = document.querySelector("[data-detail]").dataset;
if (closed !== undefined) {
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(`filiform:${detail}:`));
  kept.forEach((key) => localStorage.removeItem(key));
}

// A closed session needs none of the changes that earlier pages kept in this browser.
const { detail, closed } = document.querySelector("[data-detail]").dataset;
if (closed !== undefined) {
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(`filiform:${detail}:`));
  kept.forEach((key) => localStorage.removeItem(key));
}

// Whoever comes back to a session, from another patient or from another page, finds the row open that was open, at the
// same place on the screen.
export function startPlace(form, rows, goTo) {
  const key = `filiform:place:${form.dataset.session}`;
  const topOf = (row) => row.getBoundingClientRect().top;

  addEventListener("pagehide", () => {
    const open = rows.all().find(rows.isOpen);
    const place = { row: open?.dataset.row, top: open && topOf(open), y: scrollY, focus: document.activeElement.id };
    sessionStorage.setItem(key, JSON.stringify(place));
  });

  // A link that leads to a field of a row opens the row, also from this page.
  function follow() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const row = target && target.closest("[data-row]");
    if (!row) return false;
    rows.openOnly(row);
    goTo(target);
    return true;
  }

  function comeBack() {
    const place = JSON.parse(sessionStorage.getItem(key));
    if (!place) return;
    const row = rows.all().find((other) => other.dataset.row === place.row);
    if (row) rows.openOnly(row);
    document.getElementById(place.focus)?.focus({ preventScroll: true });
    scrollTo({ top: row ? scrollY + topOf(row) - place.top : place.y, behavior: "instant" });
  }

  addEventListener("hashchange", follow);
  // A page that came back with a summary leads to what the summary names.
  if (!follow() && !document.querySelector("[data-summary-errors]")) comeBack();
}

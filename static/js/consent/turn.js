// The text turned to the patient: large, over everything else. Nothing else on the page can be reached then.
export function startTurning(part) {
  const open = part.querySelector("[data-turn-open]");
  const close = part.querySelector("[data-turn-close]");

  // All elements except the part and its ancestors.
  function others() {
    const found = [];
    for (let inside = part; inside !== document.body; inside = inside.parentElement) {
      found.push(...[...inside.parentElement.children].filter((child) => child !== inside));
    }
    return found;
  }

  function turn(isTurned) {
    part.classList.toggle("is-turned", isTurned);
    document.body.classList.toggle("fl-is-turned", isTurned);
    others().forEach((element) => (element.inert = isTurned));
    open.hidden = isTurned;
    close.hidden = !isTurned;
    (isTurned ? part : open).focus();
    if (isTurned) document.documentElement.requestFullscreen?.().catch(() => {}); // not in every browser
    else if (document.fullscreenElement) document.exitFullscreen();
  }

  open.addEventListener("click", () => turn(true));
  close.addEventListener("click", () => turn(false));
  part.addEventListener(
    "keydown",
    (event) => event.key === "Escape" && part.classList.contains("is-turned") && turn(false),
  );
}

// Runs before the first paint. 'auto' follows the device, as does a page on which nobody can choose. Bootstrap, the
// admin and the body chart read them.
const root = document.documentElement;
const device = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  const { chosenTheme = "auto" } = root.dataset;
  const theme = chosenTheme === "auto" ? (device.matches ? "dark" : "light") : chosenTheme;
  root.dataset.bsTheme = theme;
  root.dataset.theme = theme;
}

device.addEventListener("change", follow);
follow();

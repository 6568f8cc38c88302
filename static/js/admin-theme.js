// Our colours follow the theme button of the admin: auto, light or dark. Runs before the first paint.
const root = document.documentElement;
const device = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  const { theme } = root.dataset;
  root.dataset.bsTheme = theme === "auto" ? (device.matches ? "dark" : "light") : theme;
}

new MutationObserver(follow).observe(root, { attributeFilter: ["data-theme"] });
device.addEventListener("change", follow);
follow();

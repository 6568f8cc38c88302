// Runs before the first paint. 'auto' follows the device; Bootstrap, the admin and the body chart read these.
const root = document.documentElement;
const chosen = root.dataset.chosenTheme;
const device = matchMedia("(prefers-color-scheme: dark)");
const theme = () => (chosen === "light" || chosen === "dark" ? chosen : device.matches ? "dark" : "light");
root.dataset.bsTheme = theme();
root.dataset.theme = theme();

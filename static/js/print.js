// The print page asks the browser to print as soon as it stands.
window.addEventListener("load", () => window.print());

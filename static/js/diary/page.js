// The diary: polling, the panel next to the grid, keys, and moving visits by drag.
import { startDrag } from "./drag.js";
import { startKeys } from "./keys.js";
import { startPanel } from "./panel.js";
import { startPolling } from "./polling.js";

startPanel();
startKeys();
const grid = document.querySelector("[data-diary]");
if (grid) {
  startPolling(grid);
  startDrag(grid);
}

// The diary: polling, the panel next to the grid, keys, and moving visits by drag.
import { startConnection } from "./connection.js";
import { startDrag } from "./drag.js";
import { startKeys } from "./keys.js";
import { startPanel } from "./panel.js";
import { startPolling } from "./polling.js";

startPanel();
startKeys();
const grid = document.querySelector("[data-diary]");
if (grid) {
  startConnection();
  startPolling(grid);
  startDrag(grid);
}

// A closed session needs none of the changes that earlier pages kept in this browser.
import { forget, waiting } from "./kept.js";

const { detail, closed } = document.querySelector("[data-detail]").dataset;
if (closed !== undefined) forget(waiting().filter(({ user, record }) => `${user}:${record}` === detail));

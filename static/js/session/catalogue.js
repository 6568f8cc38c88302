// The catalogue and the earlier needlings sent with the page.
import { simplify, splitSide } from "./search.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
export const muscles = read("catalogue");
export const muscleGroups = read("muscle-groups");
const lastTimes = read("last-times");
const notNeedled = read("not-needled");
const depths = read("depths");

// A target in the practitioner's own words: the same text stands for it on the server (catalogue/free_entries.py).
const FREE = "free|";
const NEAR_THE_LUNG = new Set(["neck", "shoulder", "upper_back", "chest"]);

export const freeText = (base, region, words) => `${FREE}${base}|${region}|${words.trim().replace(/\s+/g, " ")}`;

export function muscleById(id) {
  if (!String(id).startsWith(FREE)) return muscles.find((muscle) => String(muscle.id) === String(id));
  const [, base, region, ...words] = id.split("|");
  return {
    id,
    slug: id,
    name: words.join("|"),
    kind: "Free entry",
    region,
    caution: "",
    depthNote: "",
    remark: "",
    thorax: NEAR_THE_LUNG.has(region),
    restricted: region === "pelvis_perineum" ? "pelvic_consent" : muscleBySlug(base)?.restricted,
    points: [],
  };
}

export const muscleBySlug = (slug) => muscles.find((muscle) => muscle.slug === slug);
export const depthBlock = (muscle) => depths[muscle.slug] ?? depths[""];
export const lastTime = (muscle, side) => lastTimes[`${muscle.id}-${side}`];

// What should not be needled and is called so: exactly, or by the beginning of its name.
export function findNotNeedled(text) {
  const typed = simplify(splitSide(text).words);
  const find = (fits) => notNeedled.find(({ words }) => words.some((word) => fits(simplify(word))));
  const exact = typed && find((word) => word === typed);
  const close = typed.length >= 4 && find((word) => word.startsWith(typed));
  return { entry: exact || close || null, isExact: Boolean(exact) };
}

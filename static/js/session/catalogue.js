// The catalogue, which all pages share (treatments/views/session_parts.py), and what belongs to this page alone.
import { simplify, splitSide } from "./search.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const NOTHING = { muscles: [], groups: [], notNeedled: [], depths: {} };
export const parts = globalThis.sessionParts ?? NOTHING;
export const isComplete = parts !== NOTHING; // otherwise the script with the parts could not be loaded
export const muscles = parts.muscles;
export const muscleGroups = parts.groups;
export const needles = read("needles");
const ownMuscles = read("own-muscles"); // of this session's rows, and not offered for others
const lastTimes = read("last-times");
const orders = read("depths");

// A target in the practitioner's own words: the same text stands for it on the server (catalogue/free_entries.py).
const FREE = "free|";
const NEAR_THE_LUNG = new Set(["neck", "shoulder", "upper_back", "chest"]);

export const freeText = (base, region, words) => `${FREE}${base}|${region}|${words.trim().replace(/\s+/g, " ")}`;

export function muscleById(id) {
  if (!String(id).startsWith(FREE))
    return [...muscles, ...ownMuscles].find((muscle) => String(muscle.id) === String(id));
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
export const lastTime = (muscle, side) => lastTimes[`${muscle.id}-${side}`];

// What should not be needled and is called so: exactly, or by the beginning of its name.
export function findNotNeedled(text) {
  const typed = simplify(splitSide(text).words);
  const find = (fits) => parts.notNeedled.find(({ words }) => words.some((word) => fits(simplify(word))));
  const exact = typed && find((word) => word === typed);
  const close = typed.length >= 4 && find((word) => word.startsWith(typed));
  return { entry: exact || close || null, isExact: Boolean(exact) };
}

// What is known about the depth of a muscle, as templates/treatments/_depth.html shows it. The server says which facts
// fit this patient best, and for a row with a level in its own `order`.
export function depthBlock(muscle, order = orders[muscle.slug]) {
  const icon = '<i class="bi bi-rulers" aria-hidden="true"></i>';
  if (!order?.facts.length) return `<p class="fl-meta mb-0">${icon} ${parts.nothingKnown}</p>`;
  const facts = order.facts.map((place) => parts.depths[muscle.slug][place]);
  return `
    <details class="fl-depth">
      <summary>${facts[0].head}</summary>
      <p class="fl-meta mb-1">${facts[0].about}${order.others && ` · others: ${order.others}`}</p>
      <p class="fl-meta mb-1">${parts.meanIsNoLimit}</p>
      <ul class="fl-facts">${facts.map(({ item }) => `<li>${item}</li>`).join("")}</ul>
    </details>`;
}

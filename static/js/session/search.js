// Find muscles by what clinicians type: a name, an abbreviation, a nickname, and the side first or last ("UT R").
// A word is compared only from its beginning, so that "UT" does not find the gluteus.
const SIDES = {
  r: "right",
  right: "right",
  l: "left",
  left: "left",
  m: "midline",
  mid: "midline",
  midline: "midline",
};
const NO_HIT = 9;

// The entries of the catalogue, with `words` (texts that find an entry) made ready for comparison.
export function prepare(entries) {
  return entries.map((entry) => ({ entry, phrases: entry.words.map(simplify) }));
}

// {side, hits, best}: the side that was typed, the entries that could be meant, and the one that must be meant.
// `best` is undefined if several fit equally well, for example "TA". Of equal hits, the one whose name was typed comes
// first, then groups, and restricted entries last; these are never `best` while another one fits, nor is one that fits less well than they do.
export function search(prepared, text) {
  const typed = simplify(text);
  const found = rankAll(prepared, typed);
  if (found[0]?.rank === 0) return answer(found);
  const { words, side } = splitSide(typed);
  const sided = side ? rankAll(prepared, words) : [];
  if (sided.length) return answer(sided, side);
  return answer(found.length ? found : rankAll(prepared, typed.replace(/s$/, "")));
}

// {words, side}: what was typed without its side, and "left", "right", "midline" or undefined. "M. soleus" is no side.
export function splitSide(typed) {
  const words = typed.trim().split(/\s+/);
  if (words.length > 1) {
    const [first, last] = [words[0].toLowerCase(), words.at(-1).toLowerCase()];
    if (SIDES[last]) return { words: words.slice(0, -1).join(" "), side: SIDES[last] };
    if (SIDES[first] && first !== "m") return { words: words.slice(1).join(" "), side: SIDES[first] };
  }
  return { words: words.join(" "), side: undefined };
}

export function simplify(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’.]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .replace(/\bmuscles?\b/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

function answer(found, side) {
  const hits = found.map(({ entry }) => entry);
  const usual = found.filter(({ entry }) => !entry.restricted);
  const [first, second] = usual.length ? usual : found;
  const isClear = first && first.rank !== second?.rank && first.rank === found[0].rank;
  return { side, hits, best: isClear ? first.entry : undefined };
}

function rankAll(prepared, typed) {
  if (!typed) return [];
  const ranked = prepared.map(({ entry, phrases }) => ({ entry, rank: rankOf(phrases, typed) }));
  const found = ranked.filter(({ rank }) => rank < NO_HIT);
  const isNamed = ({ entry }) => simplify(entry.name) === typed;
  const order = (hit) => (isNamed(hit) ? -1 : hit.entry.restricted ? 2 : hit.entry.members ? 0 : 1);
  return found.sort((a, b) => a.rank - b.rank || order(a) - order(b) || a.entry.name.localeCompare(b.entry.name));
}

// 0: a phrase is exactly this. 1: the name begins so. 2: another phrase begins so. 3: each typed word begins a word of
// one phrase. 4: each begins a word of any phrase.
function rankOf(phrases, typed) {
  if (phrases.includes(typed)) return 0;
  if (phrases[0].startsWith(typed)) return 1;
  if (phrases.some((phrase) => phrase.startsWith(typed))) return 2;
  const words = typed.split(" ");
  const fits = (phrase) => words.every((word) => ` ${phrase}`.includes(` ${word}`));
  if (phrases.some(fits)) return 3;
  return fits(phrases.join(" ")) ? 4 : NO_HIT;
}

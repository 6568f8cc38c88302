// What the server has not confirmed yet, kept in this browser's local storage. What was written is encrypted with a key
// that the server puts into the pages of its owner, and that is never stored: docs/save-protocol.md.
const OF_PAGES = "filiform:";
const KEPT_MS = 7 * 24 * 3600 * 1000; // the server gives the keys of the last seven days

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const textOf = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
const keyOf = (secret) => crypto.subtle.importKey("raw", bytesOf(secret), "AES-GCM", false, ["encrypt", "decrypt"]);

// [{key, user, record, entry}] of all that waits in this browser. `record` may hold the id of a session, an assessment
// or a letter. Nothing that was written can be read from it.
export function waiting() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(OF_PAGES));
  return keys.map((key) => {
    const [, user, record] = key.split(":");
    return { key, user, record, entry: JSON.parse(localStorage.getItem(key)) };
  });
}

export const forget = (found) => found.forEach(({ key }) => localStorage.removeItem(key));

// Delete what has waited too long. Its key is not given any more.
export const forgetExpired = () => forget(waiting().filter(({ entry }) => entry.until < Date.now()));

// The entries of a user's record. `keys` is {id: secret}, the current one first.
export function startKeeping(user, record, keys) {
  const prefix = `${OF_PAGES}${user}:${record}:`;
  const imported = {};
  const keyNamed = (id) => (imported[id] ??= keyOf(keys[id]));

  async function sealed(written) {
    const [keyId] = Object.keys(keys);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(written));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyNamed(keyId), text);
    return { keyId, iv: textOf(iv), data: textOf(data) };
  }

  async function opened({ keyId, iv, data }) {
    const key = await keyNamed(keyId);
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytesOf(iv) }, key, bytesOf(data));
    return JSON.parse(new TextDecoder().decode(text));
  }

  function at(key) {
    let turn = 0; // encrypting takes a moment: only what was put last is written, and nothing after remove()
    return {
      // {version, token, body, latest}. The promise is false if this browser cannot keep it.
      async put({ body, latest, ...rest }) {
        turn += 1;
        const now = turn;
        try {
          const entry = {
            ...rest,
            latest: Boolean(latest),
            until: Date.now() + KEPT_MS,
            ...(await sealed({ body, latest })),
          };
          if (now === turn) localStorage.setItem(key, JSON.stringify(entry));
          return true;
        } catch {
          return now !== turn;
        }
      },
      remove() {
        turn += 1;
        localStorage.removeItem(key);
      },
    };
  }

  const mine = () => waiting().filter(({ key }) => key.startsWith(prefix));

  async function read({ key, entry }) {
    try {
      // Earlier versions of Filiform did not encrypt.
      return { ...at(key), entry: entry.data ? { ...entry, ...(await opened(entry)) } : entry };
    } catch {
      localStorage.removeItem(key);
      return null;
    }
  }

  return {
    at: (name) => at(prefix + name),
    // The entries that earlier pages left, as they were put. One that cannot be read any more is deleted.
    all: async () => (await Promise.all(mine().map(read))).filter(Boolean),
    // The name of the entry with this token, for at().
    nameOf(token) {
      const found = mine().find(({ entry }) => entry.token === token);
      return found?.key.slice(prefix.length);
    },
  };
}

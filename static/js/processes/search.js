/** Finding processes by name, command line, number and user. */

/** @typedef {import("./store.js").Row} Row */

/**
 * Whether a process answers to a search: every word of it is in its name, its command line or its
 * user's name, or begins its number.
 * @param {string} wanted what was typed
 * @returns {((row: Row) => boolean) | null} null where nothing was typed
 */
export function search(wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  return (row) => words.every((word) => row.pid.startsWith(word) || text(row).includes(word));
}

/** Made once, until what it is made of changes. @param {Row} row */
function text(row) {
  if (row.found === null) {
    // A newline is in nobody's word: none is found across two fields.
    row.found = `${row.data.name ?? ""}\n${row.data.user ?? ""}\n${row.command ?? ""}`.toLowerCase();
  }
  return row.found;
}

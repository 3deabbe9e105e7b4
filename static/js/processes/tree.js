/** Processes below their parents. No row is lost: whose parent is not there stands at the top. */

import { SUMMED, Sum } from "./sums.js";

/** @typedef {import("./lines.js").Line} Line */
/** @typedef {import("./lines.js").Wish} Wish */
/** @typedef {import("./sort.js").Sortable} Sortable */
/** @typedef {import("./store.js").Row} Row */
/**
 * @typedef {object} Node
 * @property {string} id @property {number} number @property {unknown} key
 * @property {Row} row
 * @property {Node | null} parent
 * @property {Node[]} below
 * @property {Sum | null} sum of itself and all below; null where there is none below
 * @property {boolean} match it was looked for @property {boolean} shown it, or one below, was
 * @property {number} depth -1 until it has its place
 */

/**
 * @param {Row[]} rows @param {Wish} wish @param {(a: Sortable, b: Sortable) => number} compare
 * @returns {{lines: Line[], matches: number}}
 */
export function asTree(rows, wish, compare) {
  const nodes = rows.map((row) => node(row, wish.found === null || wish.found(row)));
  const { roots, order } = placed(nodes);
  const summed = SUMMED.includes(wish.column.key);
  // From the leaves up: whoever comes later in the order lies below or beside.
  for (let at = order.length - 1; at >= 0; at -= 1) finish(order[at], summed ? wish.column.key : null);
  for (const each of order) if (each.below.length > 1) each.below.sort(compare);
  return { lines: listed(roots.sort(compare), wish), matches: count(nodes) };
}

/** @param {Row} row @param {boolean} match @returns {Node} */
function node(row, match) {
  const { id, number, key } = row;
  return { id, number, key, row, parent: null, below: [], sum: null, match, shown: match, depth: -1 };
}

/**
 * Give each its place. Parents may run in a circle, where a number was used again; who is in it and
 * hangs on no root becomes one.
 * @param {Node[]} nodes
 * @returns {{roots: Node[], order: Node[]}} in `order` each comes after its parent
 */
function placed(nodes) {
  const byNumber = new Map(nodes.filter((each) => !each.row.ended).map((each) => [each.number, each]));
  /** @type {Node[]} */
  const roots = [];
  for (const each of nodes) {
    const parent = byNumber.get(each.row.data.parent);
    if (parent === undefined || parent === each) roots.push(each);
    else parent.below.push(each);
  }
  /** @type {Node[]} */
  const order = [];
  for (const root of roots) descend(root, order);
  for (const each of nodes) {
    if (each.depth !== -1) continue;
    roots.push(each);
    descend(each, order);
  }
  return { roots, order };
}

/** @param {Node} root @param {Node[]} order */
function descend(root, order) {
  root.depth = 0;
  const left = [root];
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    order.push(each);
    each.below = each.below.filter((child) => child.depth === -1);
    for (const child of each.below) {
      child.parent = each;
      child.depth = each.depth + 1;
      left.push(child);
    }
  }
}

/** All below it are finished; `summed` is what is sorted by, where that is added up.
 * @param {Node} each @param {string | null} summed */
function finish(each, summed) {
  const { row, parent, sum } = each;
  sum?.take(row);
  if (sum !== null && summed !== null) each.key = sum.value(summed);
  if (parent === null) return;
  parent.sum ??= new Sum();
  if (sum === null) parent.sum.take(row);
  else parent.sum.add(sum);
  parent.shown ||= each.shown;
}

/** @param {Node[]} roots sorted @param {Wish} wish @returns {Line[]} */
function listed(roots, { found, toggled }) {
  /** @type {Line[]} */
  const lines = [];
  const left = roots.filter((each) => each.shown).reverse();
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    const { id, row, depth, match } = each;
    const below = each.below.filter((child) => child.shown);
    // All threads of the kernel hang on one, and say little.
    const closed = row.data.kernel === true && found === null;
    const open = below.length > 0 ? toggled.has(id) === closed : null;
    lines.push({ id, row, sum: open === false ? each.sum : null, label: "", depth, open, path: !match });
    if (open) for (let at = below.length - 1; at >= 0; at -= 1) left.push(below[at]);
  }
  return lines;
}

/** @param {Node[]} nodes */
function count(nodes) {
  let matches = 0;
  for (const { match, row } of nodes) if (match && !row.ended) matches += 1;
  return matches;
}

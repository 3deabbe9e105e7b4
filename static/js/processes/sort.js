/** The order of processes: by one column, and where that says nothing by number. */

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {{key: unknown, number: number, id: string}} Sortable a Row, or a group */
/** @typedef {{column: string, descending: boolean}} Order */

const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Compares by `key`, which may be anything. What is not known comes last in either direction; equals
 * keep one order for ever, so that rows do not change places for nothing.
 * @param {boolean} descending
 * @returns {(a: Sortable, b: Sortable) => number}
 */
export function byKey(descending) {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [one, other] = [a.key, b.key];
    if (one !== other) {
      if (one === undefined) return 1;
      if (other === undefined) return -1;
      if (typeof one === "number" && typeof other === "number") return sign * (one - other);
      const said = byName(String(one), String(other));
      if (said !== 0) return sign * said;
    }
    return byNumber(a, b);
  };
}

/** @param {Sortable} a @param {Sortable} b */
function byNumber(a, b) {
  if (a.number !== b.number) return a.number - b.number;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

/**
 * Compares by places that were given before; whoever has none comes after those that have.
 * @param {Map<string, number>} places by id
 * @param {(a: Sortable, b: Sortable) => number} otherwise
 * @returns {(a: Sortable, b: Sortable) => number}
 */
export function byPlace(places, otherwise) {
  return (a, b) => {
    const [one, other] = [places.get(a.id), places.get(b.id)];
    if (one !== undefined && other !== undefined) return one - other;
    if (one === undefined && other === undefined) return otherwise(a, b);
    return one === undefined ? 1 : -1;
  };
}

/**
 * The order after a click on a column's header: another column, or the same the other way round.
 * @param {Order} order @param {Column} column @returns {Order}
 */
export function clicked(order, column) {
  if (order.column === column.key) return { column: column.key, descending: !order.descending };
  return { column: column.key, descending: !column.ascending };
}

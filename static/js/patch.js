/**
 * Documents of the stream. Their keys are data (a mount point may be named `__proto__`), so they live
 * in objects without a prototype, where no name means anything.
 */

/** @typedef {string | number | boolean | null} Scalar */
/** @typedef {{[name: string]: any}} Document made with `Object.create(null)` */

/**
 * Apply a JSON Merge Patch (RFC 7386) and return the result; an object in `target` is changed in place.
 *
 * `merge(undefined, value)` copies a parsed JSON value into objects without a prototype. As the RFC
 * says, that leaves out members that are null.
 * @param {any} target what was known, made by `merge`
 * @param {any} patch as it came out of JSON.parse
 * @returns {any}
 */
export function merge(target, patch) {
  if (!isObject(patch)) return patch;
  const result = isObject(target) ? target : Object.create(null);
  // Object.keys sees `__proto__` where JSON.parse made it an own member, and reads it as one.
  for (const name of Object.keys(patch)) {
    const value = patch[name];
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

/**
 * An object of JSON, as against an array, a scalar or null.
 * @param {any} value
 * @returns {boolean}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import assert from "node:assert/strict";
import { test } from "node:test";

import { outlook } from "../../static/js/sections/fill.js";
import { parts } from "../../static/js/sections/made_of.js";
import { at, columns, rowHeight } from "../../static/js/sections/strip.js";

const HOUR = 3600;
const BEGAN = 1_763_850_000;
const hours = (count, used) => [
  Array.from({ length: count }, (_, n) => BEGAN + n * HOUR),
  Array.from({ length: count }, (_, n) => used(n)),
];

test("what fills steadily is full when its trend says so", () => {
  const found = outlook(...hours(72, (n) => 1e9 + n * 1e6), 24e6 * 10);
  assert.equal(found.state, "days");
  assert.ok(Math.abs(found.days - 10) < 1e-6);
  assert.equal(found.since, BEGAN);
});

test("a large file that comes and goes does not turn the trend, nor do hours that are missing", () => {
  const used = (n) => (n % 7 === 3 ? null : 1e9 + n * 1e6 + (n > 30 && n < 40 ? 5e11 : 0));
  const found = outlook(...hours(240, used), 24e6);
  assert.ok(Math.abs(found.days - 1) < 0.02, String(found.days));
});

test("before there is a day of history nothing is said; nor of what empties or stands", () => {
  assert.equal(outlook(...hours(20, (n) => n * 1e9), 1e9).state, "unknown");
  assert.equal(outlook([], [], 1e9).state, "unknown");
  assert.equal(outlook(...hours(48, () => null), 1e9).state, "unknown");
  assert.equal(outlook(...hours(48, () => 5e9), 1e9).state, "never");
  assert.equal(outlook(...hours(48, (n) => 5e9 - n * 1e6), 1e9).state, "never");
  assert.equal(outlook(...hours(48, (n) => n * 1e3), 1e15).state, "never", "in ten thousand years");
});

test("a month of minutes is thinned, the last one kept", () => {
  const [times, used] = hours(720, (n) => n * 1e6);
  assert.ok(Math.abs(outlook(times, used, 24e6).days - 1) < 1e-6);
});

test("the parts of the memory add up to it", () => {
  const memory = { total: 100, free: 20, buffers: 5, cached: 35, shared: 15 };
  const found = parts(memory);
  assert.deepEqual(found.map(({ value }) => value), [40, 15, 20, 5, 20]);
  assert.equal(found.reduce((sum, { value }) => sum + value, 0), memory.total);
  assert.deepEqual(parts({ total: 100, free: undefined, cached: 3 }), [], "what is not known is not drawn");
});

test("each column shows the point that stood then, and a gap is a gap", () => {
  const times = [0, 1, 2, 6, 7];
  assert.deepEqual([...columns(times, 0, 8, 8, 1)], [1, 2, 2, -1, -1, 3, 4, 4]);
  assert.equal(at(times, 2.5, 1), 2);
  assert.equal(at(times, 4.5, 1), null);
  assert.equal(at(times, -1, 1), null);
  assert.equal(columns(times, 0, 8, 0, 1).length, 0);
});

test("4 cores are no wall, 256 still have rows", () => {
  assert.equal(rowHeight(4), 16);
  assert.ok(rowHeight(64) >= 4 && rowHeight(256) >= 3);
});

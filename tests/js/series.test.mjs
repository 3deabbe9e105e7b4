import assert from "node:assert/strict";
import { test } from "node:test";

import { Series, straighten } from "../../static/js/series.js";

const times = (series) => series.points.map((point) => point.time);
const values = (series) => series.points.map((point) => point.row[0]);

test("keeps ten minutes and forgets what is older", () => {
  const series = new Series(["x"]);
  for (let time = 0; time <= 5000; time += 1) series.append(time, 1, [time]);
  assert.equal(series.points.length, 601);
  assert.equal(times(series)[0], 4400);
});

test("a missing tick is a gap and not a line", () => {
  const series = new Series(["x", "y"]);
  series.append(10, 1, [1, 2]);
  series.append(11.3, 1, [3, null]);
  series.append(14, 1, [5, 6]);
  assert.deepEqual(series.table(), {
    times: [10, 11.3, 12.65, 14],
    columns: { x: [1, 3, null, 5], y: [2, null, null, 6] },
  });
});

test("what is missing is seen by the interval that held at the time", () => {
  const series = new Series(["x"]);
  for (const time of [0, 5, 10]) series.append(time, 5, [1]);
  for (const time of [10.25, 10.5]) series.append(time, 0.25, [1]);
  assert.deepEqual(series.table().times, [0, 5, 10, 10.25, 10.5]);
});

test("history fills the time before joining, and is not told twice", () => {
  const series = new Series(["x"]);
  series.append(103, 1, [9]);
  series.append(104, 1, [9]);
  series.merge([100, 101, 102, 103], 1, [[1], [2], [3], [4]]);
  assert.deepEqual(times(series), [100, 101, 102, 103, 104]);
  assert.deepEqual(values(series), [1, 2, 3, 4, 9]);
});

test("after a loss, history fills what it knows; what nobody knows stays a gap", () => {
  const series = new Series(["x"]);
  for (const time of [10, 11, 12]) series.append(time, 1, [0]);
  series.append(40, 1, [7]);
  series.merge([37, 38, 39, 40], 1, [[4], [5], [6], [7]]);
  const { times: shown, columns } = series.table();
  assert.deepEqual(shown, [10, 11, 12, 24.5, 37, 38, 39, 40]);
  assert.deepEqual(columns.x, [0, 0, 0, null, 4, 5, 6, 7]);
});

test("the same history twice changes nothing, and an empty one neither", () => {
  const series = new Series(["x"]);
  series.merge([1, 2, 3], 1, [[1], [2], [3]]);
  series.merge([1, 2, 3], 1, [[1], [2], [3]]);
  series.merge([], 1, []);
  assert.deepEqual(values(series), [1, 2, 3]);
});

test("a tick that is told again replaces itself", () => {
  const series = new Series(["x"]);
  series.append(10, 1, [1]);
  series.append(10, 1, [2]);
  assert.deepEqual(values(series), [2]);
});

test("a clock set back moves the past with it; one set forward leaves a gap", () => {
  const series = new Series(["x"]);
  for (const time of [7200, 7201, 7202]) series.append(time, 1, [time]);
  series.append(3602, 1, [0]);
  assert.deepEqual(times(series), [3599, 3600, 3601, 3602]);
  series.append(3602 + 300, 1, [1]);
  assert.deepEqual(series.table().columns.x, [7200, 7201, 7202, 0, null, 1]);
});

test("a history across a clock set back only rises", () => {
  assert.deepEqual(straighten([100, 101, 51, 52, 22], 1), [18, 19, 20, 21, 22]);
  assert.deepEqual(straighten([1, 2, 3], 1), [1, 2, 3]);
  assert.deepEqual(straighten([], 1), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { delay, FIRST_S, LONGEST_S } from "../../static/js/backoff.js";

test("every wait lies between half a second and fifteen", () => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    for (const chance of [0, 0.25, 0.5, 0.75, 0.999999]) {
      const wait = delay(attempt, () => chance);
      assert.ok(wait >= FIRST_S && wait <= LONGEST_S, `${wait} s at attempt ${attempt}`);
    }
  }
});

test("the wait doubles until it is longest", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => delay(attempt, () => 0));
  assert.deepEqual(waits, [0.5, 1, 2, 4, 7.5, 7.5, 7.5, 7.5]);
  assert.equal(delay(9, () => 1), 15);
});

test("half of the wait is left to chance", () => {
  assert.equal(delay(3, () => 0), 4);
  assert.equal(delay(3, () => 1), 8);
});

test("never earlier than the server asked, and spread after it", () => {
  assert.equal(delay(0, () => 0, 5), 5);
  assert.equal(delay(0, () => 1, 4), 5);
  assert.ok(delay(5, () => 1, 1) > 5, "its wish does not shorten a wait");
});

test("a senseless wish of the server is not followed", () => {
  for (const asked of [NaN, -3, undefined, 0]) assert.equal(delay(0, () => 0, asked), 0.5);
  assert.equal(delay(0, () => 0, 1e9), 60);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Watch } from "../../static/js/watch.js";

test("figures are stale before two intervals are over", () => {
  const watch = new Watch(1);
  assert.ok(watch.stale(0), "before the first");
  watch.fresh(100);
  assert.ok(!watch.stale(101.8));
  assert.ok(watch.stale(101.9));
  assert.equal(watch.age(107), 7);
});

test("the age before the first figures is unknown", () => {
  assert.equal(new Watch(1).age(50), null);
});

test("a silence seen by the timers is no sleep", () => {
  const watch = new Watch(1);
  for (let now = 0; now < 60; now += 0.25) assert.ok(!watch.slept(now, now));
});

test("a frozen tab has slept, by whichever clock went on", () => {
  const frozen = new Watch(1);
  frozen.slept(0, 1000);
  assert.ok(frozen.slept(300, 1300));
  assert.ok(!frozen.slept(300.1, 1300.1));
  const suspended = new Watch(1);
  suspended.slept(0, 1000);
  assert.ok(suspended.slept(0.2, 5000), "the monotonic clock stood still");
});

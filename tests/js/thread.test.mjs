import assert from "node:assert/strict";
import { test } from "node:test";

import { Taken, Thread } from "../../static/js/thread.js";

const snapshot = (seq, data) => ({ type: "snapshot", seq, time: seq, data });
const patch = (seq, base, data) => ({ type: "patch", seq, base, time: seq, data });

test("patches apply in turn", () => {
  const thread = new Thread();
  assert.equal(thread.take(snapshot(5, { cpu: { usage: 0.1 }, disk: { sda: { reads: 1 } } })), Taken.FRESH);
  assert.equal(thread.take(patch(6, 5, { cpu: { usage: 0.2 } })), Taken.FRESH);
  assert.equal(thread.take(patch(7, 6, { disk: { sda: null } })), Taken.FRESH);
  assert.equal(JSON.stringify(thread.document), '{"cpu":{"usage":0.2},"disk":{}}');
  assert.deepEqual([thread.seq, thread.time], [7, 7]);
});

test("a patch to another document is not applied: a snapshot is asked for, once", () => {
  const thread = new Thread();
  thread.take(snapshot(5, { cpu: { usage: 0.1 } }));
  assert.equal(thread.take(patch(8, 7, { cpu: { usage: 0.9 } })), Taken.LOST);
  assert.equal(thread.take(patch(9, 8, { cpu: { usage: 0.9 } })), Taken.AWAITED);
  assert.equal(thread.document.cpu.usage, 0.1);
  assert.equal(thread.take(snapshot(9, { cpu: { usage: 0.5 } })), Taken.FRESH);
  assert.equal(thread.take(patch(10, 9, { cpu: { usage: 0.6 } })), Taken.FRESH);
  assert.equal(thread.document.cpu.usage, 0.6);
});

test("a patch that fits by chance after a loss is not applied either", () => {
  const thread = new Thread();
  thread.take(snapshot(5, {}));
  thread.take(patch(8, 7, {}));
  assert.equal(thread.take(patch(6, 5, { cpu: {} })), Taken.AWAITED);
});

test("a patch before any snapshot loses the thread", () => {
  assert.equal(new Thread().take(patch(2, 1, {})), Taken.LOST);
});

test("a snapshot may jump ahead: a viewer that was slow is skipped to it", () => {
  const thread = new Thread();
  thread.take(snapshot(5, { a: { x: 1 } }));
  assert.equal(thread.take(snapshot(90, { b: { y: 1 } })), Taken.FRESH);
  assert.equal(JSON.stringify(thread.document), '{"b":{"y":1}}');
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { BIN_S, HOUR_S, Standing, course, share } from "../../static/js/standing.js";

const NOW = 1_763_850_000;

test("least and greatest are of the last hour, and of no more", () => {
  const standing = new Standing();
  standing.take("cpu.usage", NOW - HOUR_S - 60, 0.99);
  for (let ago = HOUR_S - 20; ago >= 0; ago -= 1) standing.take("cpu.usage", NOW - ago, ago === 500 ? 0.9 : 0.2);
  const { least, greatest, since } = standing.of("cpu.usage", NOW);
  assert.deepEqual([least, greatest], [0.2, 0.9]);
  assert.ok(since > NOW - HOUR_S && since <= NOW - HOUR_S + 2 * BIN_S);
  assert.equal(standing.of("cpu.usage", NOW - 501 + HOUR_S + BIN_S).greatest, 0.2);
});

test("what the history tells fills in what was not seen, and its spikes count", () => {
  const standing = new Standing();
  standing.take("cpu.usage", NOW, 0.5);
  const times = [NOW - 600, NOW - 300, NOW];
  const of = (...values) => ({ "cpu.usage": values });
  standing.learn({ times, columns: of(0.3, null, 0.1), least: of(0.2, null, 0), greatest: of(0.8, null, 1) });
  const { least, greatest } = standing.of("cpu.usage", NOW);
  assert.deepEqual([least, greatest], [0.2, 0.8], "of this second the stream has said more");
});

test("a minute before is a mean; where it is not known it is not made up", () => {
  const standing = new Standing();
  assert.equal(standing.of("cpu.usage", NOW), null);
  standing.take("cpu.usage", NOW, undefined);
  assert.equal(standing.of("cpu.usage", NOW), null, "what is not known is nothing");
  standing.take("cpu.usage", NOW, 0.5);
  assert.equal(standing.of("cpu.usage", NOW).before, null);
  standing.take("cpu.usage", NOW - 60, 0.1);
  standing.take("cpu.usage", NOW - 59, 0.3);
  assert.equal(standing.of("cpu.usage", NOW).before, 0.2);
});

test("small changes are none", () => {
  assert.equal(course("ratio", 0.005, 0.001), "steady");
  assert.equal(course("ratio", 0.5, 0.1), "up");
  assert.equal(course("bytes/s", 95, 100), "steady");
  assert.equal(course("bytes/s", 0, 100), "down");
});

test("a figure that did not move stands in the middle", () => {
  assert.equal(share(3, { least: 3, greatest: 3 }), 0.5);
  assert.equal(share(3, { least: 1, greatest: 5 }), 0.5);
  assert.equal(share(9, { least: 1, greatest: 5 }), 1);
});

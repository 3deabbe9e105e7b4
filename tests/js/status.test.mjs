import assert from "node:assert/strict";
import { test } from "node:test";

import { describe, Phase, title, Why } from "../../static/js/status.js";

const said = (status) => {
  const { badge, message, detail } = describe({ why: Why.LOST, age: 12.3, retryIn: 2.2, ...status });
  return [badge, message, detail].join(" | ").replaceAll("\u00a0", " ");
};

test("what has happened, how old the figures are and what comes next are said", () => {
  assert.equal(said({ phase: Phase.LIVE }), "Live |  | ");
  assert.equal(said({ phase: Phase.SILENT }), "Not live | The monitor has gone silent. | Figures are 12 s old.");
  assert.equal(
    said({ phase: Phase.WAITING }),
    "Not live | The connection to the monitor is lost. | Figures are 12 s old. Next attempt in 3 s.",
  );
  assert.equal(
    said({ phase: Phase.RETRYING, why: Why.STOPPED, age: 3725 }),
    "Not live | The monitor was stopped. | Figures are 1 h 2 min old. Connecting …",
  );
  assert.match(said({ phase: Phase.WAITING, why: Why.OFFLINE }), /This browser is offline\./);
  assert.match(said({ phase: Phase.RETRYING, why: Why.RESTED }), /Nobody looked .* 12 s old\. Connecting …$/);
  assert.match(said({ phase: Phase.FOREIGN }), /Reload \| .*no longer understands it/);
});

test("before the first figures no age is claimed", () => {
  assert.equal(said({ phase: Phase.WAITING, age: null }), "Not live | The monitor does not answer. | Next attempt in 3 s.");
});

test("what is announced does not change every second", () => {
  const at = (age, retryIn) => describe({ phase: Phase.WAITING, why: Why.LOST, age, retryIn });
  assert.equal(at(1, 9).message, at(5, 4).message);
  assert.notEqual(at(1, 9).detail, at(5, 4).detail);
});

test("the tab's title shows figures only while they are live", () => {
  assert.equal(title(Phase.LIVE, "host", "12 %", "34 %"), "12 % CPU · 34 % mem — host");
  assert.equal(title(Phase.JOINING, "host", "–", "–"), "host — monitor");
  for (const phase of [Phase.SILENT, Phase.CHECKING, Phase.WAITING, Phase.RETRYING, Phase.FOREIGN]) {
    assert.equal(title(phase, "host", "12 %", "34 %"), "⚠ not live — host");
  }
});

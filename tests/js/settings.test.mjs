import assert from "node:assert/strict";
import { test } from "node:test";

import { perByte, prefer, round, text } from "../../static/js/format.js";
import { plural, speak, t } from "../../static/js/lang.js";
import { PLOTS, scaleTop } from "../../static/js/plots.js";
import { PANELS, defaults, language, moved, parse } from "../../static/js/settings/choice.js";
import { Pace } from "../../static/js/settings/pace.js";

const FIRST = { network: "bytes", sizes: "binary", temperature: "celsius", point: "." };
const shown = (unit, value) => text(unit, value).replaceAll("\u00a0", " ");
/** With other units, and then again with the first. */
const preferring = (some, look) => {
  prefer(some);
  try {
    return look();
  } finally {
    prefer(FIRST);
  }
};

test("what is kept comes back as it was", () => {
  const chosen = {
    ...defaults(), theme: "dark", refresh: 5, network: "bits", language: "zh",
    order: [...PANELS].reverse(), hidden: ["disk"],
  };
  assert.deepEqual(parse(JSON.stringify(chosen)), chosen);
});

test("what means nothing is as if nobody had chosen, and nothing is thrown", () => {
  const bad = [
    null, "", "{", "null", "7", "[]", '"dark"', '{"theme":"pink"}', '{"refresh":"5"}', '{"refresh":3}',
    '{"order":"cpu"}', '{"order":[["cpu"],null,7,"__proto__"]}', '{"hidden":{"cpu":true}}',
    '{"__proto__":{"theme":"dark"}}', '{"constructor":1,"toString":"x"}',
  ];
  for (const stored of bad) assert.deepEqual(parse(stored), defaults(), String(stored));
});

test("of what was kept, that is taken which means something", () => {
  const said = parse('{"theme":"light","density":"tight","order":["disk","gpu","disk","cpu"],"hidden":["gpu","cpu"]}');
  assert.equal(said.theme, "light");
  assert.equal(said.density, "comfortable");
  assert.deepEqual(said.order, ["disk", "cpu", "memory", "network", "pressure", "processes"]);
  assert.deepEqual(said.hidden, ["cpu"]);
});

test("nobody's choice changes another's", () => {
  defaults().order.push("x");
  assert.deepEqual(defaults().order, [...PANELS]);
});

test("a panel goes up and down, and not beyond the ends", () => {
  assert.deepEqual(moved(["a", "b", "c"], "c", -1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", -1), ["a", "b", "c"]);
  assert.deepEqual(moved(["a", "b", "c"], "c", 1), ["a", "b", "c"]);
});

test("the language is the chosen one, else the first of the browser's that there is, else English", () => {
  assert.equal(language("de", ["zh-CN"]), "de");
  assert.equal(language("system", ["fr-CA", "zh-Hans-CN", "de"]), "zh");
  assert.equal(language("system", ["de-AT", "en"]), "de");
  assert.equal(language("system", ["fr", "pt-BR"]), "en");
  assert.equal(language("system", ["system", "xx"]), "en");
  assert.equal(language("system", []), "en");
});

test("units are as they were chosen", () => {
  assert.equal(shown("traffic", 1.25e6), "1.25 MB/s");
  assert.equal(preferring({ network: "bits" }, () => shown("traffic", 1.25e6)), "10.0 Mb/s");
  assert.equal(preferring({ network: "bits" }, () => shown("bytes/s", 1.25e6)), "1.25 MB/s");
  assert.equal(preferring({ sizes: "decimal" }, () => shown("bytes", 1.5e9)), "1.50 GB");
  assert.equal(shown("celsius", 40), "40 °C");
  assert.equal(preferring({ temperature: "fahrenheit" }, () => shown("celsius", 40)), "104 °F");
  // 20 degrees below zero of one are 4 below zero of the other, and 10 below are above.
  assert.equal(preferring({ temperature: "fahrenheit" }, () => shown("celsius", -20)), "−4 °F");
  assert.equal(preferring({ temperature: "fahrenheit" }, () => shown("celsius", -10)), "14 °F");
  assert.equal(shown("celsius", -10), "−10 °C");
});

test("figures have the point of the language, scales too", () => {
  assert.equal(preferring({ point: "," }, () => shown("bytes", 1.5 * 2 ** 30)), "1,50 GiB");
  assert.equal(preferring({ point: "," }, () => round("bytes/s", 2.5e6)).replaceAll("\u00a0", " "), "2,5 MB/s");
  assert.equal(preferring({ point: "," }, () => round("bytes/s", 100e6)).replaceAll("\u00a0", " "), "100 MB/s");
});

test("a scale is round in the unit that is written at it", () => {
  const network = PLOTS.find(({ id }) => id === "network");
  assert.equal(scaleTop(network, 1.4e6), 2e6);
  const top = preferring({ network: "bits" }, () => scaleTop(network, 1.4e6) * perByte());
  assert.equal(top, 2e7);
});

test("words come from the language; what it lacks stays English", () => {
  speak("de", { "{n} process": "{n} Prozess", "{n} processes": "{n} Prozesse", "{a} of {b}": "von {b} {a}" });
  assert.equal(plural(1, "{n} process", "{n} processes"), "1 Prozess");
  assert.equal(plural(2, "{n} process", "{n} processes"), "2 Prozesse");
  assert.equal(t("{a} of {b}", { a: 1, b: "{a}" }), "von {a} 1");
  assert.equal(t("Nothing"), "Nothing");
  // The keys are names of anything: none of them is inherited.
  assert.equal(t("constructor"), "constructor");
  speak("en", {});
  assert.equal(t("{a} of {b}", { a: 1 }), "1 of {b}");
});

test("every second figure is drawn at two seconds, every one at one", () => {
  let every = 1;
  const pace = new Pace(() => every);
  const drawn = (times) => times.map((time) => pace.due(time, 1));
  assert.deepEqual(drawn([100, 101.1, 101.9, 103]), [true, true, true, true]);
  every = 2;
  // Ticks that come a little early or late change nothing.
  assert.deepEqual(drawn([104, 105.02, 105.98, 107, 108.02, 109]), [false, true, false, true, false, true]);
  every = 10;
  assert.equal(drawn(Array.from({ length: 30 }, (_, n) => 110 + n)).filter(Boolean).length, 3);
  // The server's clock was set back.
  assert.deepEqual(drawn([50, 51]), [true, false]);
});

test("with ticks further apart than that, each is drawn", () => {
  const pace = new Pace(() => 2);
  assert.deepEqual([100, 105, 110].map((time) => pace.due(time, 5)), [true, true, true]);
});

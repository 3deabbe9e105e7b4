import assert from "node:assert/strict";
import { test } from "node:test";

import { headline } from "../../static/js/headline.js";

const calm = (more = {}) => ({
  cpu: { usage: 0.12 },
  core: { 0: {}, 1: {}, 2: {}, 3: {} },
  memory: { used_share: 0.35, available: 6e9, total: 10e9 },
  pressure: { cpu: { some_avg10: 0.01 }, memory: { some_avg10: 0 }, io: { some_avg10: 0 } },
  filesystem: { "/": { used_share: 0.5 } },
  oom: { lately: 0 },
  ...more,
});
const row = (data) => ({ data });
const said = (host, processes = []) => headline(host, processes)?.text.replaceAll("\u00a0", " ");

test("a machine that is well is said to be", () => {
  assert.equal(said(calm()), "All is well: 12 % of 4 cores and 35 % of memory in use");
  assert.equal(headline(calm(), [])?.well, true);
});

test("what is the bottleneck, and who", () => {
  const pressure = { cpu: { some_avg10: 0.6 }, memory: { some_avg10: 0 }, io: { some_avg10: 0 } };
  const host = calm({ cpu: { usage: 0.77 }, pressure });
  const processes = [row({ name: "ffmpeg", cpu: 0.71 }), row({ name: "sh", cpu: 0.1 })];
  assert.equal(said(host, processes), "CPU is the bottleneck: 3.1 of 4 cores busy, ffmpeg 71 %");
  assert.equal(said(host, [row({ name: "sh", cpu: 0.1 })]), "CPU is the bottleneck: 3.1 of 4 cores busy");
});

test("time of children is their parent's", () => {
  const host = calm({ cpu: { usage: 0.99 } });
  const processes = [row({ name: "make", cpu: 0.01, children: 3.2 }), row({ name: "sh", cpu: 0.5 })];
  assert.equal(said(host, processes), "CPU is the bottleneck: 4 of 4 cores busy, make 321 %");
});

test("of several troubles the first two are told, memory before all", () => {
  const host = calm({
    memory: { used_share: 0.97, available: 3 * 2 ** 28, total: 2 ** 35 },
    filesystem: { "/": { used_share: 0.97 }, "/cd": { used_share: 1, read_only: true } },
    oom: { lately: 2 },
  });
  assert.equal(
    said(host, [row({ name: "hog", rss: 2 ** 34 })]),
    "Memory is short: 768 MiB left, hog has 16.0 GiB · " +
      "The kernel ended 2 processes for want of memory in the last hour",
  );
});

test("a full filesystem is told, one that cannot be written is not", () => {
  const filesystem = { "/": { used_share: 0.97 }, "/cd": { used_share: 1, read_only: true } };
  assert.equal(said(calm({ filesystem })), "/ is 97 % full");
});

test("where too little is known nothing is said", () => {
  assert.equal(headline({}, []), null);
});

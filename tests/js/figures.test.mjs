import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, counted, figure, metricOf, most, rows, troubles } from "../../static/js/figures.js";
import { merge } from "../../static/js/patch.js";
import { PLOTS, scaleTop } from "../../static/js/plots.js";

const METRICS = merge(undefined, {
  "cpu.usage": { unit: "ratio" },
  "disk.reads": { unit: "operations/s", key: "device" },
  "network.receive_bytes": { unit: "bytes/s", key: "device" },
  "pressure.some": { unit: "ratio", key: "resource" },
});
const document = (data) => merge(undefined, data);
const of = (data, name) => figure(document(data), METRICS, name);

test("a total is over physical devices", () => {
  const network = {
    lo: { physical: false, receive_bytes: 1000 },
    eth0: { physical: true, receive_bytes: 5 },
    docker0: { physical: false, receive_bytes: 5 },
    eth1: { physical: true, receive_bytes: 2 },
  };
  assert.equal(of({ network }, "network.receive_bytes"), 7);
});

test("where no device is physical, all count but loopback and disks in memory", () => {
  const network = { lo: { physical: false, receive_bytes: 9 }, veth1: { receive_bytes: 3 } };
  assert.equal(of({ network }, "network.receive_bytes"), 3);
  const disk = { loop0: {}, ram1: {}, zram0: {}, vda: {}, "dm-0": {} };
  assert.deepEqual(counted(document({ disk }), "disk"), ["vda", "dm-0"]);
});

test("a total with an unknown part is unknown, and so is one of nothing", () => {
  assert.equal(of({ network: { a: { receive_bytes: 3 }, b: {} } }, "network.receive_bytes"), undefined);
  assert.equal(of({ network: {} }, "network.receive_bytes"), undefined);
  assert.equal(of({}, "network.receive_bytes"), undefined);
});

test("one device's figure is found by its key", () => {
  const data = { pressure: { io: { some: 0.25 } } };
  assert.equal(of(data, "pressure[io].some"), 0.25);
  assert.equal(of(data, "pressure[cpu].some"), undefined);
  assert.equal(of({}, "pressure[cpu].some"), undefined);
  assert.equal(metricOf("pressure[io].some"), "pressure.some");
});

test("history becomes rows, totals included", () => {
  const now = document({
    network: { lo: {}, eth0: { physical: true }, eth1: { physical: true } },
  });
  const data = document({
    cpu: { usage: [0.1, null, 0.3] },
    network: {
      lo: { receive_bytes: [50, 50, 50] },
      eth0: { receive_bytes: [1, null, 3] },
      eth1: { receive_bytes: [null, null, 10] },
    },
    pressure: { io: { some: [0, 0.5, 1] } },
  });
  const names = ["cpu.usage", "network.receive_bytes", "pressure[io].some", "disk.reads"];
  assert.deepEqual(rows(data, 3, now, METRICS, names), [
    [0.1, 1, 0, null], // eth1 was not there yet
    [null, null, 0.5, null], // eth0 was, and is not known
    [0.3, 13, 1, null],
  ]);
});

test("the most of something is named", () => {
  const data = document({ disk: { sda: { busy: 0.1 }, sdb: { busy: 0.7 }, sdc: {} } });
  assert.deepEqual(most(data, "disk.busy"), { key: "sdb", value: 0.7 });
  assert.equal(most(data, "filesystem.used_share"), null);
});

test("collectors that are not well are named, with their reason", () => {
  const data = document({
    collector: {
      cpu: { state: "ok" },
      pressure: { state: "unavailable", reason: "no PSI" },
      disk: { state: "stale", reason: "no answer for 12 s" },
      load: { state: "error" },
    },
  });
  assert.deepEqual(troubles(data), {
    ill: "disk stale: no answer for 12 s · load error",
    absent: ["pressure (no PSI)"],
  });
  const nothing = { ill: "", absent: [] };
  const unwatched = { vmstat: { state: "unwatched", reason: "nobody looks" } };
  assert.deepEqual(troubles(document({ collector: unwatched })), nothing);
  assert.deepEqual(troubles(document({ collector: { cpu: { state: "ok" } } })), nothing);
  assert.deepEqual(troubles(document({})), nothing);
  assert.deepEqual(condition(data, METRICS, "pressure"), { state: "unavailable", reason: "no PSI" });
  assert.deepEqual(condition(data, METRICS, "cpu"), { state: "ok", reason: "" });
});

test("scales end at round figures", () => {
  const bytes = { id: "x", unit: "bytes/s", least: 1e4, lines: [] };
  assert.deepEqual([0, 1e4, 10001, 3e6, 5e6, 9e6].map((most) => scaleTop(bytes, most)), [1e4, 1e4, 2e4, 5e6, 5e6, 1e7]);
  const pressure = PLOTS.find((plot) => plot.id === "pressure");
  assert.deepEqual([0, 0.11, 0.3, 0.9, 1.4].map((most) => scaleTop(pressure, most)), [0.1, 0.2, 0.5, 1, 1]);
});

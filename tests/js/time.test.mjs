import assert from "node:assert/strict";
import { test } from "node:test";

import { fragment, understood } from "../../static/js/time/address.js";
import { charted, joined, needed } from "../../static/js/time/charted.js";
import { told } from "../../static/js/time/kept.js";
import { deed } from "../../static/js/time/keys.js";
import { ticks } from "../../static/js/time/ticks.js";
import { lettered } from "../../static/js/time/traveller.js";
import * as views from "../../static/js/time/view.js";

const NOW = 1_795_400_000;
const plain = (key, more = {}) => ({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("zooming keeps what is under the pointer where it is", () => {
  const view = { ...views.LIVE, end: NOW - 1000 };
  const around = NOW - 1150;
  const place = (each) => {
    const [from, to] = views.edges(each, NOW);
    return (around - from) / (to - from);
  };
  const near = views.zoomed(view, NOW, 0.5, around);
  assert.equal(near.span, 300);
  assert.ok(Math.abs(place(near) - place(view)) < 1e-9);
});

test("no view ends after now, is narrower than it may be, or wider", () => {
  assert.equal(views.panned(views.LIVE, NOW, 500).end, null);
  assert.equal(views.zoomed(views.LIVE, NOW, 1e-9, NOW).span, views.LEAST_SPAN_S);
  assert.equal(views.zoomed(views.LIVE, NOW, 1e9, NOW).span, views.MOST_SPAN_S);
  const back = views.panned(views.LIVE, NOW, -100);
  assert.equal(back.end, NOW - 100);
  assert.equal(views.panned(back, NOW, 100).end, null, "at now it goes on with it");
});

test("a second that is looked at is in view, and what lies ahead of now is now", () => {
  const far = views.travelled(views.LIVE, NOW, NOW - 5000, 1);
  const [from, to] = views.edges(far, NOW);
  assert.ok(from <= far.at && far.at <= to);
  const here = views.travelled(views.LIVE, NOW, NOW - 60, 1);
  assert.deepEqual([here.at, here.end], [NOW - 60, NOW], "the charts stand still");
  assert.ok(views.isLive(views.travelled(here, NOW, NOW + 1, 1)));
});

test("back to live is as wide as it was, but no narrower than at first", () => {
  assert.deepEqual(views.live({ span: 30, end: 5, at: 3, range: null }), views.LIVE);
  assert.equal(views.live({ span: 3600, end: 5, at: 3, range: null }).span, 3600);
});

test("a view is a link, and the link the same view", () => {
  const view = { span: 120, end: NOW - 0.125, at: NOW - 60.5, range: [NOW - 70, NOW - 50] };
  assert.deepEqual(understood(fragment(view, "disk", "cpu")), { view, explain: "disk", section: "cpu", fault: "" });
  assert.equal(fragment(views.LIVE, null, null), "");
  assert.equal(understood("section=cellar").section, null);
  assert.deepEqual(understood(""), { view: views.LIVE, explain: null, section: null, fault: "" });
});

test("a link by hand may have a date, and what is wrong in one is named", () => {
  const { view } = understood("at=2026-11-23T10:15:02Z");
  assert.equal(view.at, Date.UTC(2026, 10, 23, 10, 15, 2) / 1000);
  assert.ok(view.end >= view.at);
  const wrong = understood("at=yesterday&span=x&range=5~3&explain=all");
  assert.deepEqual(wrong.view, views.LIVE);
  assert.equal(
    wrong.fault,
    "In this link: “at” is no moment, “span” is no number of seconds, “range” is no stretch of time.",
  );
});

test("a scale has round moments, and no more than there is room for", () => {
  for (const span of [20, 600, 3600, 86400, 7 * 86400, 30 * 86400, 365 * 86400, views.MOST_SPAN_S]) {
    const found = ticks(NOW - span, NOW, 8);
    assert.ok(found.length >= 2 && found.length <= 9, `${span}: ${found.length}`);
    assert.ok(found.every(({ time, label }) => time >= NOW - span && time <= NOW && label !== ""));
  }
  const minutes = ticks(NOW - 600, NOW, 8).map(({ time }) => new Date(time * 1000).getSeconds());
  assert.deepEqual([...new Set(minutes)], [0]);
});

test("totals are over what counts, and a spike is in the greatest", () => {
  const series = [
    { metric: "disk.physical", key: "sda", average: [1, 1], least: [1, 1], greatest: [1, 1] },
    { metric: "disk.physical", key: "dm-0", average: [0, 0], least: [0, 0], greatest: [0, 0] },
    { metric: "disk.read_bytes", key: "sda", average: [5, null], least: [1, null], greatest: [90, null] },
    { metric: "disk.read_bytes", key: "dm-0", average: [5, 5], least: [1, 5], greatest: [90, 5] },
    { metric: "pressure.some", key: "cpu", average: [0.1, 0.2], least: [0, 0], greatest: [1, 1] },
  ];
  const names = ["disk.read_bytes", "pressure[cpu].some", "swap.used"];
  const table = charted({ step: 10, times: [0, 10], series }, names);
  assert.deepEqual(table.columns["disk.read_bytes"], [5, null]);
  assert.deepEqual(table.greatest["disk.read_bytes"], [90, null]);
  assert.deepEqual(table.columns["pressure[cpu].some"], [0.1, 0.2]);
  assert.deepEqual(table.columns["swap.used"], [null, null]);
  assert.deepEqual(needed(names), ["disk.read_bytes", "pressure.some", "swap.used", "disk.physical"]);
});

test("what has come since goes on where the past ends", () => {
  const past = { times: [1, 2], columns: { x: [1, 2] }, least: { x: [0, 0] }, greatest: { x: [9, 9] } };
  const live = { times: [2, 3], columns: { x: [20, 30] } };
  assert.deepEqual(joined(past, live), {
    times: [1, 2, 3],
    columns: { x: [1, 2, 30] },
    least: { x: [0, 0, null] },
    greatest: { x: [9, 9, null] },
  });
  assert.deepEqual(joined(null, live).columns, live.columns);
});

test("texts of what is the same now are taken for then, figures never", () => {
  const then = { disk: { sda: { read_bytes: 5 } }, cpu: { usage: 0.5 } };
  const now = {
    disk: { sda: { read_bytes: 9, busy: 1, model: "M" }, sdb: { model: "N" } },
    cpu: { usage: 0.1, steal: 0.2 },
    host: { hostname: "h", uptime: 7 },
  };
  const found = JSON.parse(JSON.stringify(lettered(then, now)));
  assert.deepEqual(found, {
    disk: { sda: { read_bytes: 5, model: "M" } },
    cpu: { usage: 0.5 },
    host: { hostname: "h" },
  });
});

test("keys", () => {
  assert.deepEqual(deed(plain("Escape")), { live: true });
  assert.deepEqual(deed(plain("ArrowLeft")), { step: -1 });
  assert.deepEqual(deed(plain("ArrowRight", { shiftKey: true })), { step: 10 });
  assert.equal(deed(plain("l", { ctrlKey: true })), null, "the browser's own");
  assert.equal(deed(plain("q")), null);
});

test("what the history keeps is said in a line", () => {
  const tier = (step, keeps, fits) => ({ step, keeps, fits });
  const state = {
    state: "ok",
    reason: null,
    from: NOW,
    bytes: 2 ** 20,
    limit: 2 ** 30,
    tiers: [tier(1, 14 * 86400, 86400), tier(3600, 731 * 86400, null)],
    processes: [tier(1, 86400, 10 * 86400)],
  };
  const said = told(state, NOW).replaceAll("\u00a0", " ");
  assert.match(said, /^History since \d\d:\d\d:\d\d, 1.00 MiB of 1.00 GiB · will keep 1 d at 1 s, processes 1 d$/);
  assert.match(told({ ...state, state: "degraded", reason: "disk full" }, NOW), /nothing is being written: disk full$/);
  assert.equal(told({ state: "off", reason: "asked for" }, NOW), "There is no history: asked for.");
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { duration, parts, round, text, timeOfDay, wholePercent } from "../../static/js/format.js";

const KIB = 1024;
const MIB = KIB ** 2;
const GIB = KIB ** 3;

const TABLE = [
  ["bytes", 0, "0 B"],
  ["bytes", 999, "999 B"],
  ["bytes", 1000, "0.98 KiB"],
  ["bytes", KIB, "1.00 KiB"],
  ["bytes", 9.996 * KIB, "10.0 KiB"],
  ["bytes", 99.96 * MIB, "100 MiB"],
  ["bytes", 999.6 * MIB, "0.98 GiB"],
  ["bytes", 15.6 * GIB, "15.6 GiB"],
  ["bytes", 4 * KIB * GIB, "4.00 TiB"],
  ["bytes/s", 0, "0 B/s"],
  ["bytes/s", 512, "512 B/s"],
  ["bytes/s", 999.6, "1.00 kB/s"],
  ["bytes/s", 1234567, "1.23 MB/s"],
  ["bytes/s", 125e6, "125 MB/s"],
  ["bits/s", 1e9, "1 Gb/s"],
  ["bits/s", 2.5e9, "2.5 Gb/s"],
  ["bits/s", 100e6, "100 Mb/s"],
  ["hertz", 3.2e9, "3.20 GHz"],
  ["ratio", 0, "0 %"],
  ["ratio", 0.0004, "0.0 %"],
  ["ratio", 0.0123, "1.2 %"],
  ["ratio", 0.0996, "10 %"],
  ["ratio", 0.342, "34 %"],
  ["ratio", 1, "100 %"],
  ["ratio", 1.5, "150 %"],
  ["seconds", 0, "0 ms"],
  ["seconds", 0.00012, "120 µs"],
  ["seconds", 0.0009999, "1.00 ms"],
  ["seconds", 0.0034, "3.40 ms"],
  ["seconds", 0.9999, "1.00 s"],
  ["seconds", 12.34, "12.3 s"],
  ["seconds", 273845, "3 d 4 h"],
  ["operations/s", 0, "0 /s"],
  ["operations/s", 0.33, "0.3 /s"],
  ["operations/s", 225.4, "225 /s"],
  ["packets/s", 8123.4, "8.1 k/s"],
  ["count", 4, "4"],
  ["count", 0.5, "0.50"],
  ["count", 86400, "86400"],
  ["count", 1234567, "1.23 M"],
  ["parsecs", 3, "3 parsecs"],
  ["text", "ext4", "ext4"],
  ["flag", true, "yes"],
  ["flag", false, "no"],
  ["bytes/s", -2048, "−2.05 kB/s"],
];

for (const [unit, value, shown] of TABLE) {
  test(`${value} ${unit} is shown as ${shown}`, () => {
    assert.equal(text(unit, value).replaceAll("\u00a0", " "), shown);
  });
}

test("what is not known is a dash, whatever its unit, and never a zero", () => {
  for (const unit of ["bytes", "ratio", "seconds", "text", "parsecs"]) {
    for (const value of [undefined, null, NaN, Infinity, {}]) assert.equal(text(unit, value), "–");
  }
  assert.equal(wholePercent(undefined), "–");
});

test("a figure keeps its width while it moves", () => {
  for (let value = 1000; value < 1e13; value *= 1.0137) {
    const [figure] = parts("bytes/s", value);
    assert.match(figure, /^(\d\.\d\d|\d\d\.\d|\d\d\d)$/);
  }
});

test("figures do not break across lines", () => {
  assert.doesNotMatch(text("bytes", 5e9) + duration(273845) + wholePercent(0.5), / /);
});

test("spans of time are said in their two largest units", () => {
  const shown = [0, 7.9, 59, 60, 725, 3600, 86399, 86400, 1e7].map(duration);
  assert.deepEqual(
    shown.map((each) => each.replaceAll("\u00a0", " ")),
    ["0 s", "7 s", "59 s", "1 min 0 s", "12 min 5 s", "1 h 0 min", "23 h 59 min", "1 d 0 h", "115 d 17 h"],
  );
});

test("scales are labelled without zeros that say nothing", () => {
  const shown = [["bytes/s", 1e8], ["bytes/s", 5e6], ["bytes/s", 2.5e6], ["ratio", 0.5], ["ratio", 0.05], ["ratio", 0.025]];
  assert.deepEqual(
    shown.map(([unit, value]) => round(unit, value).replaceAll("\u00a0", " ")),
    ["100 MB/s", "5 MB/s", "2.5 MB/s", "50 %", "5 %", "2.5 %"],
  );
});

test("the time of day has two digits in every place", () => {
  assert.match(timeOfDay(1763850001.1), /^\d\d:\d\d:\d\d$/);
});

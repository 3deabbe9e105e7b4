/** What surrounds the lines of the process table: windowing, keys, choices, details, the line above. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { chosen, kernelShown, parse, unchosen } from "../../static/js/processes/choice.js";
import { COLUMNS } from "../../static/js/processes/columns.js";
import { Hold } from "../../static/js/processes/hold.js";
import { sideways, target } from "../../static/js/processes/keys.js";
import { sections } from "../../static/js/processes/particulars.js";
import { found, none, slowed } from "../../static/js/processes/summary.js";
import { inView, scrolledTo } from "../../static/js/processes/window.js";
import { moment } from "../../static/js/processes/words.js";

const plain = (text) => text.replaceAll("\u00a0", " ");

test("what is in view is covered, and little more", () => {
  for (const count of [0, 1, 5, 40, 2000]) {
    for (const top of [0, 13, 260, 25999, 51000, 1e6]) {
      const { first, count: shown } = inView(top, 600, 26, count);
      assert.ok(first >= 0 && shown >= 0 && first + shown <= count);
      assert.ok(shown <= 600 / 26 + 15, `${shown} rows`);
      const last = Math.min(count, Math.ceil((top + 600) / 26));
      assert.ok(first + shown >= last && (first <= top / 26 || first + shown === count));
    }
  }
});

test("a line is brought into view by the least movement", () => {
  assert.equal(scrolledTo(3, 0, 260, 26), 0);
  assert.equal(scrolledTo(10, 0, 260, 26), 26);
  assert.equal(scrolledTo(2, 100, 260, 26), 52);
});

test("keys move the selection within the lines", () => {
  assert.equal(target("ArrowDown", 3, 3, 10, 5), 4);
  assert.equal(target("ArrowUp", 0, 0, 10, 5), 0);
  assert.equal(target("PageDown", 7, 7, 10, 5), 9);
  assert.equal(target("PageUp", 7, 7, 10, 5), 2);
  assert.deepEqual([target("Home", 7, 7, 10, 5), target("End", 7, 7, 10, 5)], [0, 9]);
  assert.equal(target("ArrowDown", -1, 4, 10, 5), 4, "the line is gone, its place is not");
  assert.equal(target("x", 3, 3, 10, 5), null);
  assert.equal(target("ArrowDown", -1, 0, 0, 5), null);
});

test("to the right opens and goes in, to the left closes and goes out", () => {
  const line = (depth, open) => ({ depth, open });
  const lines = [line(0, true), line(1, false), line(1, true), line(2, null)];
  assert.deepEqual(sideways(lines, 1, true), { toggle: true, to: 1 });
  assert.deepEqual(sideways(lines, 2, true), { toggle: false, to: 3 });
  assert.deepEqual(sideways(lines, 2, false), { toggle: true, to: 2 });
  assert.deepEqual(sideways(lines, 3, false), { toggle: false, to: 2 });
  assert.deepEqual(sideways(lines, 1, false), { toggle: false, to: 0 });
  assert.deepEqual(sideways(lines, 3, true), { toggle: false, to: 3 });
});

test("places are held while something moves there, and for 15 s after", () => {
  const hold = new Hold();
  assert.equal(hold.held(100), false);
  hold.moved(100);
  assert.deepEqual([hold.held(114.9), hold.held(115)], [true, false]);
  hold.moved(120);
  hold.left();
  assert.equal(hold.held(120), false);
});

test("what was chosen comes back, and nonsense does not", () => {
  const choice = { columns: ["name", "cpu"], order: { column: "rss", descending: false }, by: "tree", kernel: true };
  assert.deepEqual(parse(JSON.stringify(choice)), choice);
  const odd = '{"columns":[],"order":{"column":5},"by":"moon","kernel":1}';
  for (const stored of [null, "", "5", "null", "[", odd]) assert.deepEqual(parse(stored), unchosen());
});

test("columns are those that were chosen, and always the name", () => {
  const keys = (choice, room) => chosen(choice, COLUMNS, room).map(({ key }) => key);
  assert.deepEqual(keys(unchosen(), "narrow"), ["name", "pid", "cpu", "rss"]);
  const all = keys(unchosen(), "roomy");
  assert.ok(all.includes("started") && !all.includes("command"));
  assert.deepEqual(all.filter((key) => !keys(unchosen(), "medium").includes(key)), ["state", "threads", "started"]);
  assert.deepEqual(keys({ ...unchosen(), columns: ["command", "gone"] }, "narrow"), ["name", "command"]);
});

test("the kernel's threads are hidden in the flat table alone, unless somebody chose", () => {
  const shown = (by, kernel) => kernelShown({ ...unchosen(), by, kernel });
  assert.deepEqual([shown("flat", null), shown("tree", null), shown("user", null)], [false, true, true]);
  assert.deepEqual([shown("flat", true), shown("tree", false)], [true, false]);
});

test("a slowed sweep is said, and a budget that is not kept is not said to be", () => {
  const said = (cpu_budget, cpu_taken, stretch, interval = 1) =>
    plain(slowed({ monitor: { cpu_budget, cpu_taken, stretch } }, interval));
  assert.equal(said(0.02, 0.019, 1), "");
  assert.equal(
    said(0.02, 0.0204, 4.993),
    "Looked at every 5 s and not every 1 s. So the monitor keeps to its budget of 2 % of a core.",
  );
  assert.equal(
    said(0.001, 0.00612, 40),
    "Looked at every 10 s and not every 1 s. The monitor takes 0.61 % of a core, " +
      "and cannot keep to its budget of 0.1 %.",
  );
  assert.equal(
    said(0.02, 0.05, 1),
    "The monitor takes 5 % of a core, and cannot keep to its budget of 2 %.",
  );
  assert.equal(said(0.02, 0.019, 3, 30), "", "asked for more seldom than that anyway");
});

test("of a monitor that does not tell of its budget nothing is said", () => {
  assert.equal(slowed({}, 1), "");
  assert.equal(slowed({ monitor: { cpu_budget: 0.02, stretch: 4 } }, 1), "");
});

test("what is found is counted, and nothing found is said", () => {
  assert.deepEqual([found(1, true), found(3, true), found(3, false)].map(plain), ["1 match", "3 matches", ""]);
  const about = { known: true, missing: false, searching: false };
  assert.match(none({ ...about, searching: true }), /answers/);
  assert.match(none({ ...about, known: false }), /Waiting/);
  assert.match(none({ ...about, missing: true }), /does not tell/);
});

test("a start is a time of day, then a date", () => {
  const began = new Date(2026, 2, 5, 7, 8, 9).getTime() / 1000;
  assert.equal(moment(began, began + 3600), "07:08:09");
  assert.equal(plain(moment(began, began + 3 * 86400)), "5 Mar");
  assert.equal(plain(moment(began, began + 400 * 86400)), "Mar 2026");
  assert.equal(plain(moment(began, Infinity)), "5 Mar 2026, 07:08:09");
});

// --- Details --------------------------------------------------------------------------------------

const facts = (data) =>
  Object.fromEntries(sections(data).flatMap((each) => each.facts.map(({ label, text }) => [label, plain(text)])));
const list = (data, key) => sections(data).find((each) => each.key === key);

test("details are said in words and figures", () => {
  const data = {
    command: ["/bin/sh", "-c", "echo it's", ""],
    executable: "/bin/dash",
    executable_deleted: true,
    user: "alice",
    real_user: "root",
    pss: 2048,
    cpu_user: 1.5,
    voluntary_switches: 12,
    namespaces: ["net", "pid"],
    no_new_privileges: false,
    limits: [{ name: "open files", soft: 1024, hard: "unlimited", unit: "files" }],
    threads: [{ tid: 5, name: "main", state: "R", cpu: 0.5 }],
    sockets: [],
  };
  const said = facts(data);
  assert.equal(said["Command line"], "/bin/sh -c 'echo it'\\''s' ''");
  assert.equal(said.Executable, "/bin/dash (deleted)");
  assert.equal(said.User, "alice, started by root");
  assert.equal(said["Its share of it (PSS)"], "2.00 KiB");
  assert.deepEqual([said.Namespaces, said["No new privileges"]], ["net, pid", "no"]);
  assert.deepEqual(list(data, "limits").list.rows, [["open files", "1024", "unlimited"]]);
  assert.match(list(data, "threads").list.rows[0][2], /^running/);
  assert.equal(list(data, "sockets").list.note, "none");
  assert.equal(list(data, "files").list.note, "not known");
});

test("what may not be read says no permission, and what there is none of why", () => {
  const data = {
    pid: 1,
    files: [],
    denied: { files: "no permission", io: "no permission", pss: "no permission" },
    absent: { command: "a thread of the kernel has none" },
  };
  const said = facts(data);
  assert.equal(said.Read, "no permission");
  assert.equal(said["Its own alone (USS)"], "no permission");
  assert.equal(said["Command line"], "a thread of the kernel has none");
  assert.equal("Unit" in said, false);
  assert.equal(list(data, "files").list.note, "no permission");
});

test("a list that was cut says of how many", () => {
  const threads = [{ tid: 1, name: "a", state: "S", cpu: 0 }];
  assert.equal(list({ threads, cut: { threads: 900 } }, "threads").title, "Threads (1 of 900)");
  assert.match(list({ threads, cut: { threads: 900 } }, "threads").list.note, /first 1/);
  assert.equal(list({ threads, cut: { threads: null } }, "threads").title, "Threads (1 of more)");
  assert.match(facts({ command: ["x"], cut: { command: 1 << 20 } })["Command line"], /cut, of 1\.00 MiB/);
});

test("the keys of an answer are data", () => {
  const data = JSON.parse('{"__proto__":"x","constructor":null,"denied":{},"absent":{},"cut":{}}');
  assert.ok(Object.values(facts(data)).includes("x"));
  assert.equal("Constructor" in facts(data), false);
});

/** The lines of the process table: store, order, search, tree, groups. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cellText, cellTitle } from "../../static/js/processes/cells.js";
import { COLUMNS, columnsOf, drawnOf, hasArguments } from "../../static/js/processes/columns.js";
import { arrange } from "../../static/js/processes/lines.js";
import { search } from "../../static/js/processes/search.js";
import { clicked } from "../../static/js/processes/sort.js";
import { Store } from "../../static/js/processes/store.js";

const column = (key) => COLUMNS.find((each) => each.key === key);
const plain = (text) => text.replaceAll("\u00a0", " ");

function one(name, more = {}) {
  return { started: 1000, parent: 1, user: "root", state: "S", name, cpu: 0, children: 0, rss: 100, threads: 1, ...more };
}

function stored(process, command = {}) {
  const store = new Store();
  store.takeCommands(undefined, { command });
  store.take(undefined, { process });
  return store;
}

/** The lines, told shortly: `depth name`, with a mark where something can be opened. */
function lines(store, { by = "flat", sort = "pid", descending = false, find = "", kernel = true, ...more } = {}) {
  const wish = { by, column: column(sort), descending, kernel, found: search(find), toggled: new Set(), places: null };
  return arrange([...store.rows.values(), ...store.ghosts], { ...wish, ...more });
}

function told(found) {
  return found.lines.map(({ row, label, depth, open }) => {
    const mark = open === null ? "" : open ? " -" : " +";
    return `${"  ".repeat(depth)}${row ? row.data.name : label}${mark}`;
  });
}

const show = (line, key) => plain(cellText(column(key), line, 2000));

// --- The store ------------------------------------------------------------------------------------

test("a patch changes what it names, in place", () => {
  const store = stored({ 1: one("init"), 7: one("a", { unit: "x.service" }) });
  const row = store.rows.get("7");
  store.take(store, { process: { 7: { cpu: 0.5, unit: null }, 8: one("b") } });
  assert.equal(store.rows.get("7"), row);
  assert.deepEqual([row.data.cpu, "unit" in row.data, row.data.name], [0.5, false, "a"]);
  assert.deepEqual([...store.rows.keys()], ["1", "7", "8"]);
});

test("a snapshot keeps the rows that are still there, and forgets what they no longer say", () => {
  const store = stored({ 1: one("init"), 7: one("a", { unit: "x.service" }) });
  const row = store.rows.get("7");
  store.take(undefined, { process: { 7: one("a") } });
  assert.equal(store.rows.get("7"), row);
  assert.deepEqual([store.rows.size, row.data.unit, row.ended], [1, undefined, false]);
});

test("a number that is used again is another process, with what the patch left as it was", () => {
  const store = stored({ 7: one("a", { rss: 5 }) });
  const row = store.rows.get("7");
  store.take(store, { process: { 7: { started: 2000, name: "b" } } });
  const other = store.rows.get("7");
  assert.notEqual(other, row);
  assert.notEqual(other.id, row.id);
  assert.deepEqual([other.data.name, other.data.rss, other.data.user], ["b", 5, "root"]);
  assert.deepEqual([row.ended, store.has(row), row.data.name, row.data.rss], [true, false, "a", undefined]);
});

test("what has ended is kept while it is asked to be, without figures", () => {
  const store = stored({ 7: one("a"), 8: one("b") });
  store.keep(true);
  store.take(store, { process: { 7: null } });
  const found = lines(store);
  assert.deepEqual([told(found), found.matches], [["a", "b"], 1]);
  assert.equal(lines(store, { by: "tree" }).matches, 1);
  assert.deepEqual([show(found.lines[0], "rss"), cellTitle(column("rss"), found.lines[0])], ["–", "It has ended"]);
  store.keep(false);
  assert.deepEqual(told(lines(store)), ["b"]);
});

test("keys are data, and nonsense is survived", () => {
  const store = new Store();
  store.take(undefined, JSON.parse('{"process":{"__proto__":{"name":"x","started":1},"constructor":{"name":"y"}}}'));
  store.take(store, JSON.parse('{"process":{"__proto__":{"__proto__":9},"7":5,"8":[]}}'));
  store.take(store, { process: null });
  store.takeCommands(undefined, JSON.parse('{"command":{"__proto__":{"line":"rm"}}}'));
  assert.deepEqual([...store.rows.keys()], ["__proto__", "constructor"]);
  assert.deepEqual([{}.name, {}.line], [undefined, undefined]);
  assert.deepEqual(told(lines(store)), ["x", "y"]);
  assert.equal(show(lines(store).lines[0], "pid"), "–");
  assert.deepEqual(told(lines(store, { find: "rm" })), ["x"]);
});

// --- Order ----------------------------------------------------------------------------------------

test("equals keep their order, both ways; what is not known is last, both ways", () => {
  const store = stored({
    10: one("a", { cpu: 0.5 }),
    9: one("b", { cpu: undefined }),
    2: one("c", { cpu: 0.5 }),
    33: one("d", { cpu: 1.5 }),
  });
  assert.deepEqual(told(lines(store, { sort: "cpu", descending: true })), ["d", "c", "a", "b"]);
  assert.deepEqual(told(lines(store, { sort: "cpu" })), ["c", "a", "d", "b"]);
  assert.deepEqual(told(lines(store, { sort: "pid", descending: true })), ["d", "a", "b", "c"]);
});

test("names sort as people count", () => {
  const store = stored({ 1: one("w10"), 2: one("w9"), 3: one("a") });
  assert.deepEqual(told(lines(store, { sort: "name" })), ["a", "w9", "w10"]);
});

test("the first click sorts by a column in its own direction, the second the other way round", () => {
  const byCpu = { column: "cpu", descending: true };
  assert.deepEqual(clicked(byCpu, column("cpu")), { column: "cpu", descending: false });
  assert.deepEqual(clicked(byCpu, column("name")), { column: "name", descending: false });
  assert.deepEqual(clicked(byCpu, column("rss")), { column: "rss", descending: true });
});

test("while places are held nothing moves, and what is new comes last", () => {
  const store = stored({ 1: one("a", { cpu: 3 }), 2: one("b", { cpu: 2 }), 3: one("c", { cpu: 1 }) });
  const wish = { sort: "cpu", descending: true };
  const places = new Map(lines(store, wish).lines.map(({ id }, at) => [id, at]));
  store.take(store, { process: { 3: { cpu: 9 }, 4: one("d", { cpu: 8 }), 5: one("e", { cpu: 8.5 }) } });
  assert.deepEqual(told(lines(store, { ...wish, places })), ["a", "b", "c", "e", "d"]);
  assert.deepEqual(told(lines(store, wish)), ["c", "e", "d", "a", "b"]);
});

// --- Search ---------------------------------------------------------------------------------------

test("every word is looked for in name, user and command line, and at the start of the number", () => {
  const store = stored(
    { 412: one("Nginx", { user: "www" }), 5: one("bash"), 54: one("sh") },
    { 5: { line: "/bin/bash -c 'NGINX 412'" } },
  );
  const found = (find) => told(lines(store, { find }));
  assert.deepEqual(found("nginx"), ["bash", "Nginx"]);
  assert.deepEqual(found(" nginx  www "), ["Nginx"]);
  assert.deepEqual(found("5"), ["bash", "sh"]);
  assert.deepEqual(found("412"), ["bash", "Nginx"]);
  assert.deepEqual(found("nginxwww"), []);
  assert.equal(lines(store, { find: "nginx" }).matches, 2);
  store.take(store, { process: { 5: { name: "top" } } });
  store.takeCommands(store, { command: { 5: null } });
  assert.deepEqual([found("nginx"), found("top")], [["Nginx"], ["top"]]);
});

test("the kernel's threads are counted, shown or not", () => {
  const store = stored({ 1: one("init"), 2: one("kthreadd", { kernel: true }) });
  const hidden = lines(store, { kernel: false });
  assert.deepEqual([told(hidden), hidden.kernel], [["init"], 1]);
  assert.equal(told(lines(store, { kernel: true })).length, 2);
});

// --- The tree -------------------------------------------------------------------------------------

const FAMILY = {
  1: one("init", { parent: 0, cpu: 0.1 }),
  5: one("shell", { cpu: 0 }),
  6: one("make", { parent: 5, cpu: 0.25, children: 2, pss: 40 }),
  7: one("cc", { parent: 6, cpu: 1, rss: 50 }),
  8: one("cron", { cpu: 0.2 }),
};

test("each stands below its parent, the busiest family first", () => {
  const found = lines(stored(FAMILY), { by: "tree", sort: "cpu", descending: true });
  assert.deepEqual(told(found), ["init -", "  shell -", "    make -", "      cc", "  cron"]);
});

test("what is closed shows the sums of all below it, short-lived children included", () => {
  const store = stored(FAMILY);
  const toggled = new Set([store.rows.get("5").id]);
  const found = lines(store, { by: "tree", toggled });
  assert.deepEqual(told(found), ["init -", "  shell +", "  cron"]);
  const [init, shell] = found.lines;
  assert.equal(show(init, "cpu"), "10 %", "what is open shows its own");
  assert.deepEqual(["cpu", "children", "threads", "rss"].map((key) => show(shell, key)), ["325 %", "200 %", "3", "≤ 190 B"]);
  assert.match(cellTitle(column("cpu"), shell), /3 processes together; children too brief to be seen included/);
  assert.match(cellTitle(column("rss"), shell), /up to so much: PSS is not known of 2 of them/);
});

test("a sum of memory that may count what is shared several times says that it is a bound", () => {
  const many = (more) => Object.fromEntries([1, 2, 3].map((pid) => [pid, one("sleep", more(pid))]));
  const said = (more) => show(lines(stored(many(more)), { by: "program" }).lines[0], "rss");
  assert.equal(said(() => ({})), "≤ 300 B");
  assert.equal(said(() => ({ pss: 20 })), "60 B");
  assert.equal(said((pid) => (pid === 1 ? { rss: undefined } : {})), "≈ 200 B", "and one is not known");
  const alone = lines(stored({ 1: one("sleep") }), { by: "program" }).lines[0];
  assert.equal(show(alone, "rss"), "100 B");
});

test("a processor's time says what of it children burnt that were reaped", () => {
  const [init, make] = lines(stored({ 1: one("init"), 6: one("make", { children: 2 }) })).lines;
  assert.equal(cellTitle(column("cpu"), init), "");
  assert.equal(plain(cellTitle(column("cpu"), make)), "and 200 % by children that it reaped");
});

test("arguments stand beside the name, as far as they fit, unless the command has a column", () => {
  const command = { 5: { line: "/usr/bin/python3 -m http.server" }, 6: { line: "bash" }, 7: { line: `x ${"y".repeat(5000)}` } };
  const rows = stored({ 5: one("python3"), 6: one("bash"), 7: one("x"), 8: one("z") }, command).rows;
  const told = (pid) => rows.get(pid).arguments;
  assert.deepEqual([told("5"), told("6"), told("7").length, told("8")], ["-m http.server", "", 300, ""]);
  const shown = (...keys) => drawnOf(COLUMNS.filter(({ key }) => keys.includes(key)));
  const drawn = (...keys) => shown(...keys).drawn.map((each) => [each.key, hasArguments(each)]);
  assert.deepEqual(drawn("name", "pid"), [["name", false], ["pid", false]]);
  assert.deepEqual(drawn("name", "arguments", "pid"), [["name", true], ["pid", false]]);
  assert.deepEqual(drawn("name", "arguments", "command"), [["name", false], ["command", false]]);
  const needed = [["name"], ["name", "arguments"], ["name", "command"]].map((keys) => shown(...keys).commands);
  assert.deepEqual(needed, [false, true, true]);
  assert.match(cellTitle(column("name"), lines(stored({ 5: one("python3") }, command)).lines[0]), /http\.server/);
});

test("no row is lost: orphans, circles, and whoever is its own parent", () => {
  const store = stored({
    2: one("orphan", { parent: 99 }),
    3: one("self", { parent: 3 }),
    4: one("a", { parent: 5 }),
    5: one("b", { parent: 4 }),
    6: one("below b", { parent: 5 }),
    7: one("nobody's", { parent: undefined }),
  });
  const found = lines(store, { by: "tree" });
  assert.deepEqual(told(found), ["orphan", "self", "a -", "  b -", "    below b", "nobody's"]);
});

test("a tree as deep as there are processes is no trouble", () => {
  const process = {};
  for (let pid = 1; pid <= 30000; pid += 1) process[pid] = one(`p${pid}`, { parent: pid - 1 });
  assert.equal(lines(stored(process), { by: "tree" }).lines.length, 30000);
});

test("what is found in a tree is shown with what leads to it", () => {
  const found = lines(stored(FAMILY), { by: "tree", find: "cc" });
  assert.deepEqual(told(found), ["init -", "  shell -", "    make -", "      cc"]);
  assert.deepEqual(found.lines.map(({ path }) => path), [true, true, true, false]);
  assert.equal(found.matches, 1);
});

test("the kernel's threads are closed until somebody opens them or looks for one", () => {
  const store = stored({
    2: one("kthreadd", { parent: 0, kernel: true }),
    3: one("ksoftirqd/0", { parent: 2, kernel: true }),
  });
  assert.deepEqual(told(lines(store, { by: "tree" })), ["kthreadd +"]);
  const toggled = new Set([store.rows.get("2").id]);
  assert.deepEqual(told(lines(store, { by: "tree", toggled })), ["kthreadd -", "  ksoftirqd/0"]);
  assert.deepEqual(told(lines(store, { by: "tree", find: "soft" })), ["kthreadd -", "  ksoftirqd/0"]);
});

// --- Groups ---------------------------------------------------------------------------------------

test("groups have sums, and open", () => {
  const store = stored({
    1: one("nginx", { cpu: 0.5, user: "www", unit: "nginx.service" }),
    2: one("nginx", { cpu: 0.5, unit: "nginx.service" }),
    3: one("bash", { cpu: 0.75 }),
    4: one("kworker/0:1", { kernel: true }),
  });
  const wish = { by: "program", sort: "cpu", descending: true };
  const found = lines(store, wish);
  assert.deepEqual(told(found), ["nginx +", "bash +", "Threads of the kernel +"]);
  assert.deepEqual([show(found.lines[0], "cpu"), show(found.lines[0], "pid")], ["100 %", ""]);
  const opened = lines(store, { ...wish, toggled: new Set([found.lines[0].id]) });
  assert.deepEqual(told(opened), ["nginx -", "  nginx", "  nginx", "bash +", "Threads of the kernel +"]);
  assert.deepEqual(told(lines(store, { by: "user", sort: "name" })), ["root +", "www +"]);
  assert.deepEqual(told(lines(store, { by: "unit", sort: "cpu", descending: true })), ["nginx.service +", "In no unit +"]);
  assert.deepEqual(told(lines(store, { by: "container" })), ["In no container +"]);
});

test("a name that reads as no name at all is a group of its own", () => {
  const store = stored({ 1: one("a", { unit: "In no unit" }), 2: one("b") });
  const found = lines(store, { by: "unit" });
  assert.equal(new Set(found.lines.map(({ id }) => id)).size, 2);
});

test("a sum of which a part is not known says so, and is no sum where nothing is known", () => {
  const store = stored({
    1: one("a", { read_bytes: 3000 }),
    2: one("a", { denied: "io, pss" }),
    3: one("b", { denied: "io" }),
    4: one("c", { read_bytes: 0 }),
    5: one("c", { denied: "io" }),
  });
  const [a, b, c] = lines(store, { by: "program", sort: "name" }).lines;
  assert.equal(show(a, "read_bytes"), "≥ 3.00 kB/s");
  assert.match(cellTitle(column("read_bytes"), a), /not known of 1 of them; no permission for 1/);
  assert.equal(show(b, "read_bytes"), "–");
  assert.equal(show(c, "read_bytes"), "–", "at least nothing says nothing");
  assert.equal(show(a, "cpu"), "0 %");
});

// --- Cells ----------------------------------------------------------------------------------------

test("what may not be read says so, and what is not known says why", () => {
  const store = stored({ 1: one("a", { denied: "files, io", cpu: undefined, kernel: true }) });
  const [line] = lines(store).lines;
  const title = (key) => cellTitle(column(key), line);
  for (const key of ["files", "read_bytes", "written_bytes"]) {
    assert.equal(show(line, key), "–");
    assert.match(title(key), /^No permission/);
  }
  assert.match(title("cpu"), /two readings/);
  assert.match(title("pss"), /largest/);
  assert.match(title("place"), /thread of the kernel/);
  assert.equal(title("state"), "sleeping");
});

test("a figure that the server has and the page has never heard of gets a column", () => {
  const metrics = {
    "process.cpu": { unit: "ratio", help: "" },
    "process.oom_score": { unit: "count", help: "How soon it is killed" },
    "process.denied": { unit: "text", help: "" },
  };
  const found = columnsOf(metrics).slice(COLUMNS.length);
  assert.deepEqual(found.map(({ key, label, title }) => [key, label, title]), [
    ["oom_score", "Oom score", "How soon it is killed"],
  ]);
  const [line] = lines(stored({ 1: one("a", { oom_score: 700 }) })).lines;
  assert.equal(cellText(found[0], line, 0), "700");
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Phase, Why } from "../../static/js/status.js";
import { Stage } from "./stage.mjs";

test("connecting is enough; history is asked for right after the welcome", () => {
  const stage = new Stage();
  assert.equal(stage.phase, Phase.JOINING);
  stage.socket.welcomes();
  assert.deepEqual(stage.socket.sent, [{ type: "history", metrics: ["cpu.usage"] }]);
  assert.equal(stage.phase, Phase.JOINING, "no figures yet");
  stage.socket.snapshot(1);
  assert.equal(stage.phase, Phase.LIVE);
  stage.socket.history();
  stage.socket.patch(2);
  assert.deepEqual([stage.shown, stage.histories], [[1, 2], 1]);
});

test("silence is no longer live within two intervals, and live again with the next figures", () => {
  const stage = new Stage();
  stage.join();
  stage.pass(1.75);
  assert.equal(stage.phase, Phase.LIVE);
  stage.pass(0.25);
  assert.equal(stage.phase, Phase.SILENT);
  assert.equal(stage.status.age, 2);
  stage.socket.patch(3);
  assert.equal(stage.phase, Phase.LIVE);
  assert.equal(stage.sockets.length, 1, "nothing was torn down");
});

test("a silence that lasts is given up, and another connection tried", () => {
  const stage = new Stage();
  const first = stage.join();
  stage.pass(5.25);
  assert.equal(stage.phase, Phase.WAITING);
  assert.equal(first.readyState, 3);
  stage.pass(0.5);
  assert.equal(stage.phase, Phase.RETRYING);
  assert.equal(stage.sockets.length, 2);
});

test("an end is said at once, its age counts up, and the waits grow", () => {
  const stage = new Stage();
  stage.join().fails();
  assert.deepEqual([stage.phase, stage.status.why], [Phase.WAITING, Why.LOST]);
  const waits = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    waits.push(stage.status.retryIn);
    stage.pass(stage.status.retryIn);
    assert.equal(stage.phase, Phase.RETRYING);
    stage.socket.fails();
  }
  assert.deepEqual(waits, [0.5, 1, 2, 4, 7.5, 7.5, 7.5]);
  assert.equal(stage.status.age, 30);
});

test("back again: new figures, their history, and short waits after the next loss", () => {
  const stage = new Stage();
  stage.join().fails();
  stage.pass(0.5);
  stage.socket.fails();
  stage.pass(1);
  stage.socket.welcomes();
  assert.equal(stage.socket.asked("history"), 1);
  assert.equal(stage.phase, Phase.RETRYING, "a welcome is not a figure");
  stage.socket.snapshot(1);
  stage.socket.patch(2);
  assert.equal(stage.phase, Phase.LIVE);
  stage.socket.fails();
  assert.equal(stage.status.retryIn, 0.5);
});

test("a server that welcomes and then fails is not come back to ever faster", () => {
  const stage = new Stage();
  for (const wait of [0.5, 1, 2, 4]) {
    stage.socket.welcomes();
    stage.socket.snapshot(1);
    stage.socket.fails();
    assert.equal(stage.status.retryIn, wait);
    stage.pass(wait);
  }
});

test("after bye the page says that the monitor was stopped and waits as long as asked", () => {
  const stage = new Stage();
  stage.join().says({ type: "bye", reason: "shutdown", retry_after: 3 });
  stage.socket.fails();
  assert.deepEqual([stage.status.why, stage.status.retryIn], [Why.STOPPED, 3]);
});

test("the network or the tab coming back, or a person, ends the wait", () => {
  for (const call of ["nudge", "doubt"]) {
    const stage = new Stage();
    stage.join().fails();
    stage.stream[call]();
    assert.equal(stage.phase, Phase.RETRYING);
    assert.equal(stage.sockets.length, 2);
  }
});

test("a tab that is only looked at again disturbs nothing", () => {
  const stage = new Stage();
  const socket = stage.join();
  stage.stream.nudge();
  assert.equal(stage.phase, Phase.LIVE);
  assert.equal(socket.asked("history"), 1);
});

test("a frozen tab greys first: what had been waiting is not shown as live", () => {
  const stage = new Stage();
  const socket = stage.join();
  stage.freeze(300);
  socket.patch(3);
  assert.equal(stage.phase, Phase.CHECKING);
  socket.patch(4);
  assert.deepEqual(stage.shown, [1, 2], "nothing was shown");
  assert.equal(socket.asked("history"), 2);
  socket.history();
  assert.equal(stage.phase, Phase.LIVE);
  assert.deepEqual(stage.shown, [1, 2, 4], "the newest, and nothing in between");
});

test("a frozen tab whose connection is dead finds out soon and joins again", () => {
  const stage = new Stage();
  stage.join();
  stage.freeze(300);
  stage.stream.nudge();
  assert.equal(stage.phase, Phase.CHECKING);
  stage.pass(3);
  assert.equal(stage.phase, Phase.WAITING);
  stage.pass(0.5);
  assert.equal(stage.sockets.length, 2);
});

test("a frozen tab that also lost the thread is live with the snapshot that it asked for", () => {
  const stage = new Stage();
  const socket = stage.join();
  stage.freeze(300);
  socket.patch(90);
  socket.history();
  assert.notEqual(stage.phase, Phase.LIVE);
  socket.snapshot(91);
  assert.equal(stage.phase, Phase.LIVE);
  assert.deepEqual(stage.shown, [1, 2, 91]);
});

test("a network that changed is not believed until the server has answered", () => {
  const stage = new Stage();
  const socket = stage.join();
  stage.stream.doubt();
  assert.equal(stage.phase, Phase.CHECKING);
  socket.history();
  assert.equal(stage.phase, Phase.LIVE);
});

test("a lost thread: a snapshot is asked for, and nothing shown until it comes", () => {
  const stage = new Stage();
  const socket = stage.join();
  socket.patch(9, 8);
  socket.patch(10, 9);
  assert.equal(socket.asked("snapshot"), 1);
  assert.deepEqual(stage.shown, [1, 2]);
  socket.snapshot(10);
  assert.deepEqual(stage.shown, [1, 2, 10]);
});

test("another protocol: said, closed, and not tried again until a person reloads", () => {
  const stage = new Stage();
  const socket = stage.socket;
  socket.welcomes({ protocol: 2 });
  assert.equal(stage.phase, Phase.FOREIGN);
  assert.equal(socket.readyState, 3);
  stage.pass(120);
  stage.stream.nudge();
  stage.stream.doubt();
  assert.deepEqual([stage.sockets.length, stage.phase], [1, Phase.FOREIGN]);
});

test("a server that accepts and says nothing is given up", () => {
  const stage = new Stage();
  stage.pass(10);
  assert.equal(stage.phase, Phase.WAITING);
});

test("a slow server is waited for as long as its interval needs", () => {
  const stage = new Stage();
  stage.socket.welcomes({ interval: 30 });
  stage.pass(59);
  assert.equal(stage.phase, Phase.JOINING);
  stage.socket.snapshot(1);
  stage.pass(55);
  assert.equal(stage.phase, Phase.LIVE);
  stage.pass(5);
  assert.equal(stage.phase, Phase.SILENT);
});

test("errors, other topics, unknown types and nonsense are survived", () => {
  const stage = new Stage();
  const socket = stage.join();
  socket.says({ type: "error", code: "unknown_metric", message: "no such metric" });
  socket.says("not JSON");
  socket.says({ type: "snapshot", topic: "processes", seq: 9, time: 1, data: {} });
  socket.says({ type: "weather", topic: "moon" });
  socket.patch(3);
  assert.deepEqual(stage.warnings, ["monitor: unknown_metric: no such metric", "monitor: a message that is not JSON"]);
  assert.deepEqual(stage.shown, [1, 2, 3]);
});

test("a socket that was given up says nothing any more", () => {
  const stage = new Stage();
  const first = stage.join();
  stage.pass(6);
  first.patch(3);
  first.fails();
  assert.deepEqual(stage.shown, [1, 2]);
  assert.notEqual(stage.phase, Phase.LIVE);
});

test("offline is said where the browser knows it", () => {
  const stage = new Stage();
  stage.join();
  stage.isOnline = false;
  stage.socket.fails();
  assert.equal(stage.status.why, Why.OFFLINE);
});

for (const interval of [0.25, 1, 5, 60]) {
  test(`the timers look often enough to keep the promise at an interval of ${interval} s`, () => {
    const stage = new Stage(interval);
    const longest = stage.stream.watch.limit + stage.beatMilliseconds / 1000;
    assert.ok(longest < 2 * interval, `it may take ${longest} s`);
  });
}

test("what was missed is asked for in the address, shown in order, and live only when it is of now", () => {
  const stage = new Stage();
  stage.socket.welcomes({ session: "s" });
  stage.socket.snapshot(1);
  stage.socket.patch(2);
  assert.equal(stage.queries[0], "");
  stage.socket.fails();
  stage.pass(60);
  assert.equal(stage.queries.at(-1), "session=s&since=2&time=1002");
  stage.socket.welcomes({ session: "s" });
  assert.equal(stage.socket.asked("history"), 0, "it gets all of it anyway");
  for (let seq = 3; seq < 55; seq += 1) stage.socket.patch(seq);
  assert.equal(stage.phase, Phase.RETRYING, "these are of a minute ago");
  for (let seq = 55; seq < 63; seq += 1) stage.socket.patch(seq);
  assert.equal(stage.phase, Phase.LIVE);
  assert.deepEqual(stage.shown, Array.from({ length: 62 }, (_, at) => at + 1));
});

test("a gap is followed by a snapshot, and the last minutes are asked for", () => {
  for (const session of ["s", "another"]) {
    const stage = new Stage();
    stage.socket.welcomes({ session: "s" });
    stage.socket.snapshot(1);
    stage.socket.fails();
    stage.pass(1);
    stage.socket.welcomes({ session });
    stage.socket.says({ type: "gap", topic: "host", since: 1, seconds: 1, reason: "expired" });
    stage.socket.snapshot(900);
    assert.equal(stage.phase, Phase.LIVE);
    assert.ok(stage.socket.asked("history") > 0);
    assert.equal(stage.socket.asked("snapshot"), 0);
    stage.socket.patch(901);
    assert.deepEqual(stage.shown, [1, 900, 901]);
  }
});

test("a server whose clock was set back meanwhile is live again all the same", () => {
  const stage = new Stage();
  stage.socket.welcomes({ session: "s" });
  stage.socket.snapshot(5000);
  stage.socket.fails();
  stage.pass(1);
  stage.socket.welcomes({ session: "s" });
  for (let tick = 0; tick < 16; tick += 1) {
    stage.socket.says({ type: "patch", topic: "host", seq: 5001 + tick, base: 5000 + tick, time: tick, data: { cpu: { usage: 1 } } });
    stage.pass(1);
  }
  stage.socket.says({ type: "patch", topic: "host", seq: 5017, base: 5016, time: 17, data: { cpu: { usage: 2 } } });
  assert.equal(stage.phase, Phase.LIVE);
  assert.equal(stage.sockets.length, 2);
});

test("a page that nobody sees leaves, says nothing of a loss, and is back with all that it missed", () => {
  const stage = new Stage();
  stage.socket.welcomes({ session: "s" });
  stage.socket.snapshot(1);
  stage.socket.patch(2);
  const first = stage.socket;
  stage.stream.rest();
  assert.equal(first.readyState, 3);
  assert.equal(stage.phase, Phase.JOINING);
  const told = stage.statuses.length;
  stage.pass(600);
  stage.stream.doubt();
  assert.deepEqual([stage.sockets.length, stage.statuses.length], [1, told], "nothing is done or said");
  stage.stream.nudge();
  assert.equal(stage.queries.at(-1), "session=s&since=2&time=1002");
  stage.socket.welcomes({ session: "s" });
  for (let seq = 3; seq < 603; seq += 1) stage.socket.patch(seq);
  assert.equal(stage.phase, Phase.LIVE);
  assert.equal(stage.shown.length, 602);
  assert.deepEqual([...new Set(stage.statuses.map(({ phase }) => phase))], [Phase.JOINING, Phase.LIVE]);
});

test("old figures of a page that is looked at again do not stand for long as if they were of now", () => {
  for (const welcomed of [false, true]) {
    const stage = new Stage();
    stage.join();
    stage.stream.rest();
    stage.pass(60);
    stage.stream.nudge();
    if (welcomed) stage.socket.welcomes();
    stage.pass(0.75);
    assert.equal(stage.phase, Phase.JOINING);
    stage.pass(0.25);
    assert.deepEqual([stage.phase, stage.status.why], [Phase.RETRYING, Why.RESTED]);
    stage.pass(10);
    assert.deepEqual([stage.phase, stage.status.why], [Phase.WAITING, Why.LOST]);
  }
});

test("a server that is gone when the page is looked at again is said to be", () => {
  const stage = new Stage();
  stage.join();
  stage.stream.rest();
  stage.pass(60);
  stage.stream.nudge();
  stage.socket.fails();
  assert.deepEqual([stage.phase, stage.status.why], [Phase.WAITING, Why.LOST]);
});

test("whoever rests while the connection is lost tries again when looked at, and not before", () => {
  const stage = new Stage();
  stage.join().fails();
  stage.stream.rest();
  stage.pass(600);
  assert.deepEqual([stage.sockets.length, stage.phase], [1, Phase.WAITING]);
  stage.stream.nudge();
  assert.deepEqual([stage.sockets.length, stage.phase], [2, Phase.RETRYING]);
});

test("a page that was never seen waits for its first figures as any other does", () => {
  const stage = new Stage();
  stage.stream.rest();
  stage.pass(60);
  stage.stream.nudge();
  stage.pass(9.75);
  assert.equal(stage.phase, Phase.JOINING);
  stage.socket.welcomes();
  stage.socket.snapshot(1);
  assert.equal(stage.phase, Phase.LIVE);
});

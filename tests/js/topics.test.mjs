import assert from "node:assert/strict";
import { test } from "node:test";

import { Questions } from "../../static/js/questions.js";
import { Topics } from "../../static/js/topics.js";
import { Stage } from "./stage.mjs";

const TOPICS = { host: {}, processes: {}, commands: {} };

function follower() {
  return {
    said: [],
    introduce(metrics) {
      this.said.push(["introduce", metrics]);
    },
    apply: (known, data) => ({ ...known, ...data }),
    fresh(time) {
      this.said.push(["fresh", time]);
    },
    missing() {
      this.said.push(["missing"]);
    },
  };
}

function snapshot(seq, data = {}) {
  return { type: "snapshot", topic: "processes", seq, time: seq, data };
}

function patch(seq, base = seq - 1, data = {}) {
  return { type: "patch", topic: "processes", seq, base, time: seq, data };
}

test("a topic is subscribed to on every connection, and only where the server has it", () => {
  const said = [];
  const topics = new Topics((message) => said.push(message));
  const one = follower();
  topics.follow("processes", one);
  assert.deepEqual(said, [], "there is no connection yet");
  topics.greet({ topics: TOPICS });
  topics.greet({ topics: TOPICS });
  assert.deepEqual(said, Array(2).fill({ type: "subscribe", topic: "processes" }));
  topics.greet({ topics: { host: {} } });
  assert.equal(said.length, 2);
  assert.deepEqual(one.said, [["missing"]]);
  topics.greet({});
  assert.equal(said.length, 2, "an older server names no topics");
});

test("what is followed later is subscribed to at once, and what is left is not heard any more", () => {
  const said = [];
  const topics = new Topics((message) => said.push(message));
  topics.greet({ topics: TOPICS });
  const one = follower();
  topics.follow("processes", one);
  topics.follow("processes", one);
  assert.deepEqual(said, [{ type: "subscribe", topic: "processes" }]);
  assert.equal(topics.hear({ type: "topic", topic: "processes", metrics: { a: 1 } }), true);
  topics.hear(snapshot(4));
  topics.hear(patch(5));
  topics.leave("processes");
  topics.leave("processes");
  assert.equal(topics.hear(patch(6)), false);
  assert.deepEqual(one.said, [["introduce", { a: 1 }], ["fresh", 4], ["fresh", 5]]);
  assert.deepEqual(said.slice(1), [{ type: "unsubscribe", topic: "processes" }]);
});

test("a lost thread asks for a snapshot, once; before the first snapshot nothing is lost", () => {
  const said = [];
  const topics = new Topics((message) => said.push(message));
  topics.greet({ topics: TOPICS });
  const one = follower();
  topics.follow("processes", one);
  topics.hear(patch(3));
  assert.equal(said.length, 1, "of an earlier subscription");
  topics.hear(snapshot(4));
  topics.hear(patch(9));
  topics.hear(patch(10));
  assert.deepEqual(said.slice(1), [{ type: "snapshot", topic: "processes" }]);
  topics.hear(snapshot(11));
  topics.hear(patch(12));
  assert.deepEqual(one.said.map(([, time]) => time), [4, 11, 12]);
});

test("the stream's parties are greeted after each welcome and hear before it does", () => {
  const stage = new Stage();
  const one = follower();
  const topics = new Topics((message) => stage.stream.say(message));
  topics.follow("processes", one);
  stage.stream.parties.push(topics);
  stage.socket.welcomes({ topics: TOPICS });
  assert.deepEqual(stage.socket.sent.at(-1), { type: "subscribe", topic: "processes" });
  stage.socket.snapshot(1);
  stage.socket.says(snapshot(1));
  assert.deepEqual([stage.shown, one.said], [[1], [["fresh", 1]]]);
  stage.socket.fails();
  stage.pass(0.5);
  stage.socket.welcomes({ topics: TOPICS });
  assert.equal(stage.socket.asked("subscribe"), 1);
});

function asking() {
  const told = [];
  const said = [];
  const questions = new Questions((message) => said.push(message.pid), (answer) => told.push(answer));
  return { questions, told, said };
}

test("only the last question is answered", () => {
  const { questions, told } = asking();
  questions.ask(1);
  questions.ask(2);
  assert.equal(questions.hear({ type: "process", pid: 1, data: {} }), true);
  questions.hear({ type: "process", pid: 2, data: { a: 1 } });
  questions.hear({ type: "process", pid: 2, data: { a: 2 } });
  assert.deepEqual(told, [{ pid: 2, data: { a: 1 } }]);
});

test("a refusal is an answer; other errors, and those about others, are not", () => {
  const { questions, told } = asking();
  const gone = { type: "error", code: "no-process", message: "gone" };
  assert.equal(questions.hear(gone), false, "nothing was asked");
  questions.ask(7);
  assert.equal(questions.hear({ type: "error", code: "unknown-metric", message: "" }), false);
  assert.equal(questions.hear({ ...gone, pid: 6 }), true);
  assert.deepEqual(told, []);
  questions.hear(gone);
  assert.deepEqual(told, [{ pid: 7, code: "no-process", message: "gone" }]);
});

test("a question whose connection was lost is asked again; one that was dropped is not", () => {
  const { questions, said } = asking();
  questions.ask(7);
  questions.greet();
  questions.drop();
  questions.greet();
  assert.deepEqual(said, [7, 7]);
});

test("a topic goes on where it was, on the same run of the server only", () => {
  const said = [];
  const topics = new Topics((message) => said.push(message));
  const one = follower();
  topics.greet({ topics: TOPICS, session: "s" });
  topics.follow("processes", one);
  topics.hear(snapshot(4, { a: 1 }));
  topics.greet({ topics: TOPICS, session: "s" });
  assert.deepEqual(said.at(-1), { type: "resume", topic: "processes", session: "s", since: 4, time: 4 });
  topics.hear(patch(5, 4, { b: 2 }));
  assert.deepEqual(topics.followed.get("processes").thread.document, { a: 1, b: 2 });
  topics.greet({ topics: TOPICS, session: "t" });
  assert.deepEqual(said.at(-1), { type: "subscribe", topic: "processes" });
  topics.hear(snapshot(1, { c: 3 }));
  topics.greet({ topics: TOPICS, session: "t" });
  assert.equal(topics.hear({ type: "gap", topic: "processes", since: 1, seconds: 9, reason: "expired" }), true);
  topics.hear(snapshot(900, { d: 4 }));
  assert.deepEqual(topics.followed.get("processes").thread.document, { d: 4 });
});

test("what was missed while nobody looked is not asked for: the newest is", () => {
  const said = [];
  const topics = new Topics((message) => said.push(message));
  topics.follow("processes", follower());
  topics.greet({ topics: TOPICS, session: "s" });
  topics.hear(snapshot(4));
  topics.forget();
  said.length = 0;
  topics.greet({ topics: TOPICS, session: "s" });
  assert.deepEqual(said, [{ type: "subscribe", topic: "processes" }]);
});

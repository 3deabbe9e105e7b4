/** The page of a monitor that is running: a stream, and whom it tells. */

import { guarded } from "./door.js";
import { Page, seconds } from "./page.js";
import { Stream } from "./stream.js";
import { Past } from "./time/past.js";
import { Topics } from "./topics.js";

// Relative to the page, which may live below another path; and wss: where the page is https:.
const address = new URL("ws/metrics", document.baseURI);
address.protocol = address.protocol.replace("http", "ws");

const say = (/** @type {object} */ message) => stream.say(message);
const topics = new Topics(say);
export const page = new Page({
  topics,
  say,
  retry: () => stream.nudge(),
  past: new Past(document.baseURI),
  recorded: null,
});
export const { processes } = page;
const stream = new Stream(
  {
    open: (query) => {
      address.search = query;
      return guarded(new WebSocket(address));
    },
    now: seconds,
    wall: () => Date.now() / 1000,
    random: Math.random,
    online: () => navigator.onLine,
    every: (call, milliseconds) => setInterval(call, milliseconds),
    warn: (text) => console.warn(text),
  },
  page,
  page.interval,
);
stream.parties.push(topics, processes.questions);

// Who looks into another tab is back sooner than this, or later.
const REST_MS = 5000;
let resting = 0;

function looked() {
  clearTimeout(resting);
  if (document.visibilityState === "visible") stream.nudge();
  else resting = setTimeout(rest, REST_MS);
}

/** A tab that nobody sees asks for nothing. */
function rest() {
  stream.rest();
  topics.forget();
}

document.addEventListener("visibilitychange", looked);
addEventListener("pageshow", (event) => {
  if (event.persisted) stream.nudge();
});
addEventListener("online", () => stream.doubt());
stream.start();
looked();

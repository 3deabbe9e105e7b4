/** The page of a snapshot: no monitor, and all that there is stands in the file itself. */

import { byId } from "./dom.js";
import { Page } from "./page.js";
import { merge } from "./patch.js";
import { Phase } from "./status.js";
import { Record } from "./time/record.js";
import { Topics } from "./topics.js";

/** @param {string} text base64 of gzip of JSON */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

const silent = () => {};
const content = await unpacked(byId("record").textContent ?? "");
const record = new Record(content);
export const page = new Page({
  topics: new Topics(silent),
  say: silent,
  retry: silent,
  past: record,
  recorded: record.span,
});
export const { processes } = page;
page.welcome({ metrics: content.metrics, interval: content.interval, version: content.version });
page.status({ phase: Phase.RECORDED, why: "", age: null, retryIn: 0 });
const last = record.at(record.span[1]).data;
page.document(merge(merge(undefined, content.texts), last), record.span[1]);

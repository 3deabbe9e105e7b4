/** The connection's state in the header, and what follows from it for the whole page. */

import { byId, setAttribute, setText, show } from "./dom.js";
import { Phase, describe } from "./status.js";

/** @typedef {import("./status.js").Status} Status */

const CAN_RETRY = new Set([Phase.WAITING, Phase.RETRYING, Phase.SILENT]);

export class Banner {
  /** @param {() => void} retry */
  constructor(retry) {
    this.badge = byId("badge");
    this.message = byId("message");
    this.detail = byId("detail");
    this.retry = byId("retry");
    this.reload = byId("reload");
    this.retry.addEventListener("click", retry);
    this.reload.addEventListener("click", () => location.reload());
  }

  /** @param {Status} status */
  update(status) {
    const { badge, message, detail } = describe(status);
    // The style sheet greys the figures by this attribute: all that is not live.
    setAttribute(document.documentElement, "data-phase", status.phase);
    setText(this.badge, badge);
    setText(this.message, message);
    setText(this.detail, detail);
    show(this.retry, CAN_RETRY.has(status.phase));
    show(this.reload, status.phase === Phase.FOREIGN);
  }
}

/** The connection's state in the header, and what follows from it for the whole page. */

import { byId, setAttribute, setText, show } from "./dom.js";
import { t } from "./lang.js";
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
    this.past = "";
    /** @type {Status | null} */
    this.status = null;
    this.retry.addEventListener("click", retry);
    this.reload.addEventListener("click", () => location.reload());
  }

  /** Say that what is shown was then; "" where it is of now. @param {string} said */
  then(said) {
    this.past = said;
    setAttribute(document.documentElement, "data-when", said === "" ? null : "past");
    if (this.status !== null) this.update(this.status);
  }

  /** @param {Status} status */
  update(status) {
    this.status = status;
    const { badge, message, detail } = describe(status);
    // The style sheet greys the figures by this attribute: all that is not live.
    setAttribute(document.documentElement, "data-phase", status.phase);
    const quiet = message === "" && this.past !== "";
    setText(this.badge, quiet && status.phase === Phase.LIVE ? t("Past") : badge);
    setText(this.message, quiet ? this.past : message);
    setText(this.detail, detail);
    show(this.retry, CAN_RETRY.has(status.phase));
    show(this.reload, status.phase === Phase.FOREIGN);
  }
}

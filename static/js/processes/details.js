/** All about one process, beside the table: asked for when it is opened, and when somebody asks again. */

import { make, setText, show } from "../dom.js";
import { timeOfDay } from "../format.js";
import { t } from "../lang.js";
import { merge } from "../patch.js";
import { sections } from "./particulars.js";

/** @typedef {import("./particulars.js").Section} Section */
/** @typedef {import("./particulars.js").List} List */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("../questions.js").Answer} Answer */

// Lists up to so long are open at first.
const SHORT = 12;
// Two accounts of when it began that differ by more are of two processes.
const SAME_START_S = 2;
const ENDED = t("This process has ended.");

export class Details {
  /**
   * @param {HTMLElement} root
   * @param {{ask: (row: Row) => void, closed: () => void}} listener
   */
  constructor(root, listener) {
    this.root = root;
    this.listener = listener;
    /** @type {Row | null} */
    this.row = null;
    /** @type {Map<string, boolean>} which lists somebody opened or closed */
    this.opened = new Map();
    this.title = make("h3");
    this.title.id = "process-details-title";
    this.title.tabIndex = -1;
    this.said = make("p", "process-said");
    this.said.setAttribute("role", "status");
    this.refresh = button(t("Refresh"), t("Ask again"), () => this.row && this.#ask(this.row));
    this.close = button(t("Close"), t("Close (Esc)"), () => this.hide());
    this.body = make("div", "process-facts");
    const head = make("div", "process-details-head", this.title, this.refresh, this.close);
    root.append(head, this.said, this.body);
    // From the table beside it, too.
    root.parentElement?.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
  }

  /** @param {Row} row */
  open(row) {
    if (this.row !== row) this.body.replaceChildren();
    this.row = row;
    setText(this.title, `${row.data.name ?? "?"} (${row.pid})`);
    this.title.title = String(row.data.name ?? "");
    show(this.root, true);
    this.#ask(row);
    this.title.focus({ preventScroll: true });
  }

  /**
   * What was recorded of it then: what else there is to know is told of now only.
   * @param {Row} row @param {Column[]} columns @param {number} time Unix seconds
   */
  recorded(row, columns, time) {
    this.row = row;
    setText(this.title, `${row.data.name ?? "?"} (${row.pid})`);
    show(this.root, true);
    this.said.classList.remove("gone");
    setText(this.said, t("As it was at {time}.", { time: timeOfDay(time) }));
    this.refresh.setAttribute("disabled", "");
    const facts = columns
      .map((column) => ({ column, value: column.value(row) }))
      .filter(({ column, value }) => value !== undefined && !column.beside)
      .map(({ column, value }) => ({ label: column.label, text: column.text(value, Infinity), note: false }));
    this.#fill([{ key: "recorded", title: "", facts, list: null }]);
    this.title.focus({ preventScroll: true });
  }

  hide() {
    if (this.row === null) return;
    this.row = null;
    show(this.root, false);
    this.listener.closed();
  }

  /** It has ended, as the table knows: what is shown is what was known. @param {boolean} there */
  follow(there) {
    if (this.row === null || there) return;
    setText(this.said, this.body.hasChildNodes() ? t("This process has ended. This was read before.") : ENDED);
    this.said.classList.add("gone");
    this.refresh.setAttribute("disabled", "");
  }

  /** @param {Answer} answer @param {number} time when it came, in Unix seconds */
  answer({ pid, data, code, message }, time) {
    const { row } = this;
    if (row === null || row.number !== pid || row.ended) return;
    if (data === undefined) {
      setText(this.said, code === "no-process" ? ENDED : t("It could not be read: {reason}.", { reason: message ?? "" }));
      this.said.classList.toggle("gone", true);
      return;
    }
    if (Math.abs(Number(data.started) - row.data.started) > SAME_START_S) {
      setText(this.said, t("This process has ended. Its number is another's now."));
      this.said.classList.toggle("gone", true);
      return;
    }
    this.said.classList.remove("gone");
    setText(this.said, t("Read at {time}", { time: timeOfDay(time) }));
    this.#fill(sections({ ...merge(undefined, data), cut: data.cut }));
  }

  /** @param {Row} row */
  #ask(row) {
    this.said.classList.remove("gone");
    this.refresh.removeAttribute("disabled");
    setText(this.said, t("Asking …"));
    this.listener.ask(row);
    this.follow(!row.ended);
  }

  /** @param {Section[]} found */
  #fill(found) {
    const { scrollTop } = this.body;
    this.body.replaceChildren(...found.map((each) => this.#section(each)));
    this.body.scrollTop = scrollTop;
  }

  /** @param {Section} section @returns {HTMLElement} */
  #section({ key, title, facts, list }) {
    if (list !== null) return this.#list(key, title, list);
    const entries = facts.map(({ label, text, note }) =>
      make("div", "", make("dt", "", label), make("dd", note ? "why" : "", text)),
    );
    return make("section", "", ...(title ? [make("h4", "", title)] : []), make("dl", "", ...entries));
  }

  /** @param {string} key @param {string} title @param {List} list */
  #list(key, title, { head, rows, note }) {
    const summary = make("summary", "", title);
    const element = /** @type {HTMLDetailsElement} */ (make("details", "", summary));
    element.open = this.opened.get(key) ?? (rows.length <= SHORT && key !== "limits");
    summary.addEventListener("click", () => this.opened.set(key, !element.open));
    if (note) element.append(make("p", "why", note));
    if (rows.length > 0) {
      const names = make("tr", "", ...head.map((name) => heading(name)));
      const lines = rows.map((cells) => make("tr", "", ...cells.map((cell) => make("td", "", cell))));
      element.append(make("table", "", make("thead", "", names), make("tbody", "", ...lines)));
    }
    return element;
  }
}

/** @param {string} name */
function heading(name) {
  const element = make("th", "", name);
  element.setAttribute("scope", "col");
  return element;
}

/** @param {string} label @param {string} title @param {() => void} click */
function button(label, title, click) {
  const element = make("button", "", label);
  element.setAttribute("type", "button");
  element.title = title;
  element.addEventListener("click", click);
  return element;
}

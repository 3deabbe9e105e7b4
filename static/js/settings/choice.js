/** What somebody may choose of the whole page, and reading what was kept of it. Pure. */

export const STORED_AS = "monitor.settings";
/** Panels that can be left out; those before the processes have an order. */
export const PANELS = Object.freeze(["cpu", "memory", "disk", "network", "pressure", "processes"]);

/** The first of each is what holds where nobody chose. */
export const CHOICES = Object.freeze({
  theme: ["system", "light", "dark"],
  language: ["system", "en", "de", "zh"],
  density: ["comfortable", "compact"],
  refresh: [1, 2, 5, 10], // seconds between what is drawn
  network: ["bytes", "bits"],
  sizes: ["binary", "decimal"],
  temperature: ["celsius", "fahrenheit"],
});

/**
 * @typedef {object} Settings
 * @property {string} theme @property {string} language @property {string} density
 * @property {number} refresh @property {string} network @property {string} sizes
 * @property {string} temperature
 * @property {string[]} order all of PANELS
 * @property {string[]} hidden some of PANELS
 */

/** @returns {Settings} */
export function defaults() {
  const first = Object.entries(CHOICES).map(([name, all]) => [name, all[0]]);
  return { ...Object.fromEntries(first), order: [...PANELS], hidden: [] };
}

/**
 * What was stored, as far as it means something: another version of the page, or anybody, may have written it.
 * @param {string | null} stored
 * @returns {Settings}
 */
export function parse(stored) {
  const settings = defaults();
  const said = json(stored);
  for (const [name, all] of Object.entries(CHOICES)) {
    if (Object.hasOwn(said, name) && all.includes(said[name])) settings[name] = said[name];
  }
  const order = known(said.order);
  // Panels that the writer did not know of come last.
  settings.order = [...order, ...PANELS.filter((name) => !order.includes(name))];
  settings.hidden = known(said.hidden);
  return settings;
}

/** @param {unknown} names @returns {string[]} those that there are, each once */
function known(names) {
  return Array.isArray(names) ? [...new Set(names)].filter((name) => PANELS.includes(name)) : [];
}

/** @param {string | null} stored @returns {any} */
function json(stored) {
  try {
    const said = JSON.parse(stored ?? "null");
    return typeof said === "object" && said !== null ? said : {};
  } catch {
    return {};
  }
}

/**
 * Another order: one panel a place further up or down.
 * @param {string[]} order @param {string} name @param {number} by -1 or 1
 * @returns {string[]}
 */
export function moved(order, name, by) {
  const at = order.indexOf(name);
  const to = Math.min(order.length - 1, Math.max(0, at + by));
  const rest = order.filter((each) => each !== name);
  return [...rest.slice(0, to), name, ...rest.slice(to)];
}

/**
 * The language of the page.
 * @param {string} wanted as in CHOICES
 * @param {readonly string[]} preferred by the browser, best first, as BCP 47 has them
 * @returns {string}
 */
export function language(wanted, preferred) {
  if (wanted !== "system") return wanted;
  const spoken = preferred.map((tag) => String(tag).toLowerCase().split("-")[0]);
  const [, ...known] = CHOICES.language;
  return spoken.find((each) => known.includes(each)) ?? "en";
}

/** What a stream is made with and speaks to; never loaded, read by those who write. */

/** @typedef {import("./patch.js").Document} Document */

/**
 * @typedef {object} World what a stream needs of the browser; tests wind it by hand
 * @property {(query: string) => WebSocket} open
 * @property {() => number} now monotonic seconds
 * @property {() => number} wall Unix seconds
 * @property {() => number} random
 * @property {() => boolean} online
 * @property {(call: () => void, milliseconds: number) => void} every
 * @property {(text: string) => void} warn
 */
/**
 * @typedef {object} Listener
 * @property {(welcome: Document) => string[]} welcome returns the metrics whose history is wanted
 * @property {(document: Document, time: number) => void} document a new document, of this moment
 * @property {(history: {times: number[], data: Document}, document: Document) => void} history
 * @property {(status: import("./status.js").Status) => void} status at every change and every beat
 */

/**
 * @typedef {object} Party who has more to say to the server than that it listens
 * @property {(welcome: Document) => void} greet a connection stands
 * @property {(message: any) => boolean} hear whether the message was for it
 */

export {};

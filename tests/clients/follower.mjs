// Follows the stream with whichever WebSocket it is given, is cut off, comes back, and says what it saw.

const merged = (old, patch) => { // RFC 7386
  const made = { __proto__: null, ...(typeof old === "object" ? old : null) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else made[key] = typeof value === "object" ? merged(made[key], value) : value;
  }
  return made;
};

class Follower {
  constructor(Socket, url) {
    Object.assign(this, { Socket, url, session: "", seq: null, data: null, kinds: [], gaps: [], ticks: 0 });
  }

  /** One connection, until `done`; the kinds of messages that came on it. */
  async connect(query, done, ask) {
    this.kinds = [];
    const socket = new this.Socket(this.url + query);
    await new Promise((resolve, reject) => {
      socket.onerror = () => reject(new Error("the connection failed"));
      socket.onmessage = ({ data }) => {
        try {
          this.take(JSON.parse(String(data)));
          ask?.(socket, this);
          if (done(this)) resolve();
        } catch (fault) {
          reject(fault);
        }
      };
    });
    socket.onmessage = null;
    if (socket.terminate) socket.terminate();
    else socket.close();
    return this.kinds;
  }

  take(message) {
    this.kinds.push(message.type);
    if (message.type === "welcome") this.session = message.session;
    if (message.type === "gap") this.gaps.push(message);
    if (message.type !== "snapshot" && message.type !== "patch") return;
    if (message.type === "patch" && message.base !== this.seq) throw new Error("the thread is lost");
    if (message.type === "snapshot" && message.seq === this.seq) {
      this.same = sorted(message.data) === sorted(this.data);
    }
    this.data = merged(message.type === "patch" ? this.data : null, message.data);
    this.seq = message.seq;
    this.ticks += 1;
  }
}

const sorted = (value) =>
  JSON.stringify(value, (_, each) =>
    each && typeof each === "object" ? Object.fromEntries(Object.keys(each).sort().map((key) => [key, each[key]])) : each,
  );

/** @returns {Promise<object>} what a test can look at */
export async function follow(Socket, url) {
  const one = new Follower(Socket, url);
  const first = await one.connect("", ({ ticks }) => ticks >= 12);
  await new Promise((wait) => setTimeout(wait, 1500));
  const left = one.seq;
  const back = await one.connect(
    `?session=${one.session}&since=${one.seq}`,
    ({ same, ticks }) => same !== undefined && ticks >= 30,
    (socket, { ticks }) => ticks >= 28 && socket.send('{"type":"snapshot","topic":"host"}'),
  );
  const came = one.seq - left;
  const { same } = one;
  const other = await one.connect("?session=another&since=7", ({ kinds }) => kinds.at(-1) === "patch");
  return { first, back, came, same, other, gaps: one.gaps };
}

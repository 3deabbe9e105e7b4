// Prints the CPU usage at each tick: node follow.mjs ws://127.0.0.1:9050/ws/metrics, or pasted into
// the console of a browser that shows the page. Keys are data: hence objects without a prototype.
const merged = (old, patch) => { // RFC 7386
  const made = { __proto__: null, ...(typeof old === "object" ? old : null) };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete made[key];
    else made[key] = typeof value === "object" ? merged(made[key], value) : value;
  return made;
};
let seq, data, stream = new WebSocket(globalThis.process?.argv[2] ?? "ws/metrics");
stream.onmessage = (event) => {
  const { type, seq: now, base, data: news } = JSON.parse(event.data);
  // A patch of another document: the thread is lost.
  if (type === "patch" && base !== seq) return stream.send('{"type":"snapshot","topic":"host"}');
  if (type !== "snapshot" && type !== "patch") return;
  data = merged(type === "patch" ? data : null, news);
  console.log(seq = now, data.cpu?.usage);
};

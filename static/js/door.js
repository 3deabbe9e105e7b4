/** The way to the page where one signs in, when the server does not know this one any more. */

// Nobody is signed in any more: docs/PROTOCOL.md, "What closes it".
const SIGNED_OUT = 4401;
const PATIENCE_MS = 5000;

/** @param {WebSocket} socket @returns {WebSocket} */
export function guarded(socket) {
  let opened = false;
  socket.addEventListener("open", () => {
    opened = true;
  });
  socket.addEventListener("close", async ({ code }) => {
    // Browsers do not tell a script that the answer was 401.
    if (code === SIGNED_OUT || (!opened && (await ledAway()))) location.reload();
  });
  return socket;
}

/** Whether this page would be had no more: the server, or a proxy before it, leads to another one. */
async function ledAway() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(document.baseURI, { method: "HEAD", redirect: "manual", signal });
    return answer.type === "opaqueredirect";
  } catch {
    return false; // there is no server
  }
}

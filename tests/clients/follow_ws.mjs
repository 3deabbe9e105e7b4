// The same with the package `ws`: node follow_ws.mjs ws://127.0.0.1:9050/ws/metrics
import WebSocket from "ws";

import { follow } from "./follower.mjs";

console.log(JSON.stringify(await follow(WebSocket, process.argv[2])));
process.exit(0);

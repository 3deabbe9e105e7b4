# Prints the CPU usage at each tick: python follow.py ws://127.0.0.1:9050/ws/metrics
import json
import sys

from websockets.sync.client import connect


def merged(old, patch):  # RFC 7386
    old = old if isinstance(old, dict) else {}
    new = {k: merged(old.get(k), v) if isinstance(v, dict) else v for k, v in patch.items()}
    return {k: v for k, v in (old | new).items() if v is not None}


seq, data = None, None
with connect(sys.argv[1]) as stream:
    for message in map(json.loads, stream):
        # A patch of another document: the thread is lost.
        if message["type"] == "patch" and message["base"] != seq:
            stream.send('{"type":"snapshot","topic":"host"}')
        elif message["type"] in ("snapshot", "patch"):
            seq, data = message["seq"], merged(data if "base" in message else {}, message["data"])
            print(seq, data.get("cpu", {}).get("usage"), flush=True)

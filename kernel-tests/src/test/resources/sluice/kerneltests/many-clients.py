# SPDX-License-Identifier: Apache-2.0
"""many-clients ADDRESS PORT COUNT SECONDS: opens COUNT connections at once that say nothing, keeps them for at most SECONDS or until all have
ended, says "open N" when all have been tried and "reset N kept M" at the end: how many were reset and how many lasted."""

import selectors
import socket
import sys
import time

address, port, count, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
selector = selectors.DefaultSelector()
kept, reset = set(), 0


def collect(limit):
    global reset
    for key, _ in selector.select(limit):
        try:
            if key.fileobj.recv(1) != b"":
                continue
        except BlockingIOError:
            continue
        except ConnectionError:
            reset += 1
        selector.unregister(key.fileobj)
        kept.discard(key.fileobj)
        key.fileobj.close()


for _ in range(count):
    client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    client.setblocking(False)
    client.connect_ex((address, port))
    kept.add(client)
    selector.register(client, selectors.EVENT_READ)
    collect(0)
print("open", count, flush=True)
end = time.monotonic() + seconds
while kept and time.monotonic() < end:
    collect(0.1)
print("reset", reset, "kept", len(kept), flush=True)

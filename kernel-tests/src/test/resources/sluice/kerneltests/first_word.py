# SPDX-License-Identifier: Apache-2.0
"""A TCP connection in which the server speaks first, after a while.

first_word serve ADDRESS PORT FILE   accepts a connection, speaks when FILE is there, prints "heard WORD" or "heard nothing"
first_word answer ADDRESS PORT       connects, answers what it hears, prints "answered" or "ended: WHY"
"""

import os
import socket
import sys
import time

POLL = 0.05


def serve(address, port, go):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, port), family=family)
    print("ready", flush=True)
    connection, _ = listener.accept()
    print("accepted", flush=True)
    while not os.path.exists(go):
        time.sleep(POLL)
    connection.sendall(b"question\n")
    try:
        print("heard", connection.recv(100).decode().strip() or "nothing", flush=True)
    except OSError:
        print("heard nothing", flush=True)


def answer(address, port):
    connection = socket.create_connection((address, port))
    print("connected", flush=True)
    try:
        connection.recv(100)
        connection.sendall(b"secret\n")
        while connection.recv(100):
            pass
        print("answered", flush=True)
    except OSError as e:
        print("ended:", e, flush=True)


if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    answer(sys.argv[2], int(sys.argv[3]))

# SPDX-License-Identifier: Apache-2.0
"""flood.py KIND ADDRESS PORT COUNT SECONDS  Asks for far more than its share, for SECONDS at most.

names: queries for random names, from one socket. sockets: UDP sockets that send one datagram each; the last 4000 stay open. datagrams: from one socket to
one port after the other. connections: TCP connections that say nothing; the last 15000 stay open. readers: TCP connections to a server that sends
without end, of which nothing is read; the last 2000 stay open. Prints "full" after COUNT of them and goes on.
"""
import collections
import os
import resource
import select
import socket
import sys
import time

kind, address, port, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
end = time.monotonic() + seconds
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
kept = collections.deque()


def keep(one, most):
    kept.append(one)
    if len(kept) > most:
        kept.popleft().close()


def datagram_socket():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setblocking(False)
    return one


def send(one, data, to):
    try:
        one.sendto(data, to)
    except (BlockingIOError, ConnectionRefusedError, PermissionError):
        select.select([], [one], [], 0.01)


def drain(one):
    try:
        while True:
            one.recv(2048)
    except (BlockingIOError, ConnectionRefusedError):
        pass


def connect(receive_bytes, most):
    one = socket.socket()
    if receive_bytes:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    one.setblocking(False)
    try:
        one.connect((address, port))
    except BlockingIOError:
        pass
    except OSError:
        one.close()
        time.sleep(0.001)
        return
    keep(one, most)


def query():
    label = os.urandom(8).hex().encode()
    names = bytes([len(label)]) + label + b"\x05flood\x07example\0"
    return os.urandom(2) + bytes.fromhex("01000001000000000000") + names + bytes.fromhex("00010001")


shared = datagram_socket()
done = 0
while time.monotonic() < end:
    if kind == "names":
        send(shared, query(), (address, port))
    elif kind == "sockets":
        one = datagram_socket()
        send(one, b"flood", (address, port))
        keep(one, 4000)
    elif kind == "datagrams":
        send(shared, b"flood", (address, port + done % 50000))
    elif kind == "connections":
        connect(0, 15000)
    elif kind == "readers":
        connect(4096, 2000)
    done += 1
    if done % 64 == 0:
        drain(shared)
    if done == count:
        print("full", flush=True)

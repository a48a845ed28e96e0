# SPDX-License-Identifier: Apache-2.0
"""patient-client.py udp|tcp ADDRESS PORT OWN-PORT  Says hello and then answers whatever comes, for a minute.

udp: answers each datagram. tcp: sends no more after hello, and reads to the end.
"""
import socket
import sys

kind, address, port, own = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
client = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
client.settimeout(60)
client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
client.bind(("::" if ":" in address else "0.0.0.0", own))
client.connect((address, port))
client.send(b"hello")
if kind == "tcp":
    client.shutdown(socket.SHUT_WR)
size = 0
while True:
    try:
        data = client.recv(65536)
    except OSError as error:
        print("error", error.strerror, flush=True)
        break
    size += len(data)
    if kind == "udp":
        print("got", data.decode(), flush=True)
        client.send(b"answer")
    elif not data:
        print("got", size, "bytes", flush=True)
        break

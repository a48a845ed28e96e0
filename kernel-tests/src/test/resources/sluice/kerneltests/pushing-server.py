# SPDX-License-Identifier: Apache-2.0
"""pushing-server.py udp|tcp ADDRESS PORT CONTROL-PORT  Has something for its last client whenever a datagram comes to the control port.

udp: the text of that datagram. tcp: 64 KiB and the end.
"""
import select
import socket
import sys

kind, address, port, control_port = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
server = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((address, port))
control = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
control.bind(("::1", control_port))
client = None
if kind == "tcp":
    server.listen()
print("ready", flush=True)
while True:
    ready, _, _ = select.select([server, control], [], [], 60)
    if not ready:
        break
    if server in ready and kind == "udp":
        data, client = server.recvfrom(65536)
        print(data.decode(), "from port", client[1], flush=True)
    elif server in ready:
        client, peer = server.accept()
        while client.recv(65536):
            pass
        print("hello from port", peer[1], flush=True)
    if control in ready:
        text = control.recv(65536)
        if kind == "udp":
            server.sendto(text, client)
        else:
            client.sendall(bytes(64 << 10))
            client.close()

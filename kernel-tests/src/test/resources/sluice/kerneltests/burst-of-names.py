# SPDX-License-Identifier: Apache-2.0
"""burst-of-names.py ADDRESS DOMAIN COUNT  Asks for COUNT names below DOMAIN at once, from 8 sockets, and waits for the answers.

Prints "asked", and in the end "answered N failed N"; gives up when no answer has come for 30 seconds.
"""
import select
import socket
import sys

address, domain, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
clients = []
for _ in range(8):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    client.connect((address, 53))
    clients.append(client)
for number in range(count):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in (f"n{number}.{domain}").split("."))
    query = number.to_bytes(2, "big") + bytes.fromhex("01000001000000000000") + labels + bytes.fromhex("0000010001")
    clients[number % 8].send(query)
print("asked", flush=True)
waiting = set(range(count))
answered = 0
while waiting:
    ready = select.select(clients, [], [], 30)[0]
    if not ready:
        break
    for client in ready:
        answer = client.recv(512)
        number = int.from_bytes(answer[:2], "big")
        if number in waiting:
            waiting.remove(number)
            answered += (answer[3] & 15) == 0 and answer[7] > 0
print("answered", answered, "failed", count - len(waiting) - answered, flush=True)

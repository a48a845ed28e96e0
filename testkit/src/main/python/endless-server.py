# SPDX-License-Identifier: Apache-2.0
"""endless-server.py ADDRESS PORT  Sends to each of its clients, without end, as much as the client takes."""
import resource
import select
import socket
import sys

resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen(4096)
server.setblocking(False)
poll = select.epoll()
poll.register(server, select.EPOLLIN)
clients = {}
print("ready", flush=True)
while True:
    for number, events in poll.poll():
        if number == server.fileno():
            try:
                client, _ = server.accept()
            except OSError:
                continue
            client.setblocking(False)
            clients[client.fileno()] = client
            poll.register(client, select.EPOLLOUT)
            continue
        try:
            clients[number].send(bytes(65536))
        except BlockingIOError:
            pass
        except OSError:
            poll.unregister(number)
            clients.pop(number).close()

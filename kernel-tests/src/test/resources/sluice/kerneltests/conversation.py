# SPDX-License-Identifier: Apache-2.0
"""Conversations that take several turns, over TCP and UDP, and DNS queries.

conversation serve NAME [transparent] ADDRESS PORT...   answers TCP and UDP in its name, prints each connection and datagram
conversation hold KIND ADDRESS PORT SECONDS...          holds conversations side by side and prints "KIND ADDRESS PORT: NAME"
                                                        for each, or "KIND ADDRESS PORT: failed: WHY"

With "transparent" the sockets are those of a TPROXY server. KIND is tcp, udp, tcp-quiet, udp-quiet, dns-tcp or dns-udp. In the quiet ones each
side is silent for a while before it goes on. For those of DNS NAME is the address in the answer. SECONDS is how long each turn may take. Packets of those who begin have the time to live 77, which no rule translates: so
they can be told from those of a proxy.
"""

import socket
import struct
import sys
import threading
import time

LATE = 0.2  # a server that speaks after a while, when all that was sent has long been acknowledged
QUIET = 2.5  # longer than the shortest time-outs of conntrack, which are one second
PAUSES = {"late": LATE, "quiet": QUIET}  # what a server waits before it answers
MUCH = 200_000
IPV6_TRANSPARENT = 75
IP_RECVORIGDSTADDR = 20
IPV6_RECVORIGDSTADDR = 74
QUESTION = "name.example"
TIME_TO_LIVE = 77


def open_socket(address, kind, transparent):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if transparent and family == socket.AF_INET:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TRANSPARENT, 1)
    if transparent and family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
    return made


# --- the server


def arrived(name, kind, peer, own):
    print(name, kind, "from", *peer[:2], "to", *own[:2], flush=True)


def answer_connection(name, connection):
    with connection, connection.makefile("r") as lines:
        for line in lines:
            word = line.strip()
            time.sleep(PAUSES.get(word, 0))
            connection.sendall(b"." * MUCH if word == "much" else f"{name} {word}\n".encode())


def serve_tcp(name, listener):
    while True:
        connection, peer = listener.accept()
        arrived(name, "tcp", peer, connection.getsockname())
        threading.Thread(target=answer_connection, args=(name, connection), daemon=True).start()


def original_destination(ancillary):
    for _, kind, data in ancillary:
        if kind == IP_RECVORIGDSTADDR:
            return socket.inet_ntop(socket.AF_INET, data[4:8]), struct.unpack("!H", data[2:4])[0]
        if kind == IPV6_RECVORIGDSTADDR:
            return socket.inet_ntop(socket.AF_INET6, data[8:24]), struct.unpack("!H", data[2:4])[0]
    raise OSError("a datagram without its original destination")


def answer_datagram(name, sender, word, peer):
    time.sleep(PAUSES.get(word, 0))
    sender.sendto(f"{name} {word}".encode(), peer)


def serve_udp(name, receiver, transparent):
    senders = {}
    while True:
        data, ancillary, _, peer = receiver.recvmsg(2000, 200)
        own = original_destination(ancillary) if transparent else receiver.getsockname()[:2]
        arrived(name, "udp", peer, own)
        sender = receiver
        if transparent:
            if own not in senders:
                senders[own] = open_socket(own[0], socket.SOCK_DGRAM, True)
                senders[own].bind(own)
            sender = senders[own]
        threading.Thread(target=answer_datagram, args=(name, sender, data.decode(), peer), daemon=True).start()


def serve(name, arguments):
    transparent = arguments[0] == "transparent"
    places = arguments[1:] if transparent else arguments
    for address, port in zip(places[::2], map(int, places[1::2])):
        tcp = open_socket(address, socket.SOCK_STREAM, transparent)
        udp = open_socket(address, socket.SOCK_DGRAM, transparent)
        if transparent and ":" in address:
            udp.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1)
        elif transparent:
            udp.setsockopt(socket.IPPROTO_IP, IP_RECVORIGDSTADDR, 1)
        tcp.bind((address, port))
        tcp.listen(64)
        udp.bind((address, port))
        threading.Thread(target=serve_tcp, args=(name, tcp)).start()
        threading.Thread(target=serve_udp, args=(name, udp, transparent)).start()
    print("ready", flush=True)


# --- the client


def client_socket(address, kind, seconds):
    made = open_socket(address, kind, False)
    made.settimeout(seconds)
    if ":" in address:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, TIME_TO_LIVE)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, TIME_TO_LIVE)
    return made


def connect(address, port, seconds):
    made = client_socket(address, socket.SOCK_STREAM, seconds)
    made.connect((address, port))
    return made


def talk_tcp(address, port, seconds, words, pause):
    with connect(address, port, seconds) as connection, connection.makefile("rb") as replies:
        for word in words:
            time.sleep(pause)
            connection.sendall(word.encode() + b"\n")
            if word == "much":
                if len(replies.read(MUCH)) < MUCH:
                    raise OSError("the end after a part of what was sent")
                continue
            name, _, echo = replies.readline().decode().strip().rpartition(" ")
            if echo != word:
                raise OSError(f"{echo!r} as the reply to {word!r}")
        connection.shutdown(socket.SHUT_WR)
        if replies.read():
            raise OSError("more than was asked for")
        return name


def talk_udp(address, port, seconds, words, pause):
    with client_socket(address, socket.SOCK_DGRAM, seconds) as asker:
        for word in words:
            time.sleep(pause)
            asker.sendto(word.encode(), (address, port))
            try:
                reply, peer = asker.recvfrom(2000)
            except TimeoutError:
                raise OSError(f"no reply to {word!r}") from None
            name, _, echo = reply.decode().rpartition(" ")
            if peer[:2] != (address, port) or echo != word:
                raise OSError(f"{reply!r} from {peer[:2]} as the reply to {word!r}")
        return name


def hold_tcp(address, port, seconds):
    return talk_tcp(address, port, seconds, ("one", "two", "late", "much", "three"), 0)


def hold_udp(address, port, seconds):
    return talk_udp(address, port, seconds, ("one", "two", "three", "late", "four"), 0)


def hold_quiet_tcp(address, port, seconds):
    return talk_tcp(address, port, seconds, ("one", "quiet", "much"), QUIET)


def hold_quiet_udp(address, port, seconds):
    return talk_udp(address, port, seconds, ("one", "quiet", "two"), QUIET)


def query(number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in QUESTION.split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def answered(number, reply):
    if struct.unpack("!H", reply[:2])[0] != number or struct.unpack("!H", reply[6:8])[0] != 1:
        raise OSError(f"no answer: {reply!r}")
    return socket.inet_ntop(socket.AF_INET, reply[-4:])


def hold_dns_udp(address, port, seconds):
    with client_socket(address, socket.SOCK_DGRAM, seconds) as asker:
        for number in 1, 2, 3:
            asker.sendto(query(number), (address, port))
            reply, peer = asker.recvfrom(2000)
            if peer[:2] != (address, port):
                raise OSError(f"a reply from {peer[:2]}")
            name = answered(number, reply)
        return name


def hold_dns_tcp(address, port, seconds):
    with connect(address, port, seconds) as connection, connection.makefile("rb") as replies:
        for number in 1, 2:
            data = query(number)
            connection.sendall(struct.pack("!H", len(data)) + data)
            length = replies.read(2)
            if len(length) < 2:
                raise OSError("the end instead of an answer")
            name = answered(number, replies.read(struct.unpack("!H", length)[0]))
        return name


KINDS = {
    "tcp": hold_tcp,
    "udp": hold_udp,
    "tcp-quiet": hold_quiet_tcp,
    "udp-quiet": hold_quiet_udp,
    "dns-tcp": hold_dns_tcp,
    "dns-udp": hold_dns_udp,
}


def hold_one(kind, address, port, seconds):
    try:
        outcome = KINDS[kind](address, int(port), float(seconds))
    except OSError as e:
        outcome = f"failed: {e}"
    print(f"{kind} {address} {port}: {outcome}\n", end="", flush=True)


def hold(arguments):
    for conversation in zip(*(arguments[i::4] for i in range(4))):
        threading.Thread(target=hold_one, args=conversation).start()


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3:])
else:
    hold(sys.argv[2:])

# SPDX-License-Identifier: Apache-2.0
"""lying-proxy PORT KIND: accepts any number of clients and is no proxy to any of them.

garbage: answers with bytes that mean nothing. oversize: answers as a proxy would that never comes to an end (HTTP: a header without end;
SOCKS takes it for garbage). early: closes as soon as the client has said something. reset: the same with RST. silent: never answers.
"""

import asyncio
import socket
import struct
import sys


async def serve(reader, writer, kind):
    try:
        await reader.read(1)
        if kind == "garbage":
            writer.write(bytes(range(128, 256)) * 4 + b"\r\n\r\n")
            await asyncio.sleep(60)
        elif kind == "oversize":
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(b"X-Padding: " + b"x" * 1000 + b"\r\n")
                await writer.drain()
        elif kind == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif kind == "silent":
            await asyncio.sleep(60)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(port, kind):
    server = await asyncio.start_server(lambda r, w: serve(r, w, kind), "0.0.0.0", port, backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))

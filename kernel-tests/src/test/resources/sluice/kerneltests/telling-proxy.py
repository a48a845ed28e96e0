# SPDX-License-Identifier: Apache-2.0
"""telling-proxy PORT: an HTTP proxy for CONNECT to IPv4 addresses that prints the head of each request, line by line."""

import asyncio
import sys


async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def serve(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    print(head, end="", flush=True)
    host, port = head.split()[1].rsplit(":", 1)
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    far_writer.close()
    writer.close()


async def main(port):
    server = await asyncio.start_server(serve, "0.0.0.0", port)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))

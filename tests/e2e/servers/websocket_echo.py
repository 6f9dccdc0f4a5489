"""A WebSocket server: port [certificate key]. Refuses every path but /ws with 404."""

import asyncio
import http
import ssl
import sys

import websockets


async def echo(connection, path=None):
    async for message in connection:
        await connection.send(message)


async def only_ws(path, headers):
    if path != "/ws":
        return http.HTTPStatus.NOT_FOUND, [], b"not here\n"
    return None


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1]), process_request=only_ws, ssl=context):
        await asyncio.get_running_loop().create_future()


asyncio.run(main())

#!/usr/bin/python3
"""websocket.py DELAY LISTEN PORT - a WebSocket server that sends back what it gets."""
import asyncio
import signal
import sys
import time

import websockets


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main(listen, port):
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with websockets.serve(echo, listen, port):
        await stop.wait()


if __name__ == "__main__":
    time.sleep(float(sys.argv[1]))
    asyncio.run(main(sys.argv[2], int(sys.argv[3])))

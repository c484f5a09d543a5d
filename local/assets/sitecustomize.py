"""Loaded by the local AWS at start. Each part answers a fault of its Runtime API that is in docs/decisions.md."""

import queue
import socket
import socketserver

# Seconds an idle function sleeps before its threads look around. As it comes, each wakes twenty times a second: a few
# hundred idle functions then keep the one interpreter so busy that nobody else gets a word in.
IDLE = 5.0

# Every answer would otherwise wait for Nagle's algorithm.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

_get = queue.Queue.get
_serve_forever = socketserver.BaseServer.serve_forever
_shutdown = socketserver.BaseServer.shutdown


def get(self, block=True, timeout=None):
    """The queue of one is what a function waits at for its next event; an event wakes it at once, whatever it waits."""
    if self.maxsize == 1 and timeout is not None:
        timeout = max(timeout, IDLE)
    return _get(self, block, timeout)


def serve_forever(self, poll_interval=IDLE):
    _serve_forever(self, max(poll_interval, IDLE))


def shutdown(self):
    """Knocks, so that a server that sleeps hears of its end."""
    self._BaseServer__shutdown_request = True
    try:
        socket.create_connection(self.server_address[:2], timeout=1).close()
    except OSError:
        pass
    _shutdown(self)


queue.Queue.get = get
socketserver.BaseServer.serve_forever = serve_forever
socketserver.BaseServer.shutdown = shutdown

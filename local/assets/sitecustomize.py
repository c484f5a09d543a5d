"""Loaded by the local AWS at start: its Runtime API would otherwise wait for Nagle's algorithm on every answer."""

import socketserver

socketserver.StreamRequestHandler.disable_nagle_algorithm = True

"""The HTTP half of the graveyard's Python driver: contract version 1 of docs/drivers.md.

What follows `Bearer` is handed to the library whole, whatever characters it has, as most
applications do: some published defects are reached only by tokens that RFC 6750 has no syntax for.
"""

import itertools
import json
import os
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Unsupported(Exception):
    """A trust that this mode of this library cannot be told."""


def refuse(status, error, description):
    # RFC 6750, section 3, permits neither `"` nor `\` in the header.
    text = re.sub(r"[^\x20-\x7e]|\\", "?", description.replace('"', "'"))[:1000]
    challenge = f'Bearer error="{error}", error_description="{text}"'
    return status, {"error": error, "error_description": description}, challenge


def present(verify, foreseen, lines):
    if len(lines) > 1:
        return refuse(400, "invalid_request", "more than one Authorization header")
    scheme, _, token = (lines[0].strip(" \t") if lines else "").partition(" ")
    if scheme.lower() != "bearer":
        return 401, {"error_description": "no bearer token"}, 'Bearer realm="jwtspec"'
    token = token.strip(" ")
    if not token or " " in token or "\t" in token:
        return refuse(400, "invalid_request", "what follows Bearer is not one token")
    try:
        return 200, verify(token), None
    except foreseen as error:
        return refuse(401, "invalid_token", f"{type(error).__name__}: {error}")
    except Exception as error:  # evidence: not one of the library's own errors
        return 500, {"error": "server_error", "error_description": f"{type(error).__name__}: {error}"}, None


def serve(description, create_verifier, foreseen):
    """Serves the driver contract until standard input closes."""
    verifiers = {}
    numbers = itertools.count(1)

    def configure(body):
        try:
            verify = create_verifier(json.loads(body))
        except Exception as error:
            return 422, {"unsupported": f"{type(error).__name__}: {error}"}, None
        path = f"/verifiers/{next(numbers)}"
        verifiers[path] = verify
        return 201, {"path": path}, None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self):
            path = self.path.partition("?")[0]
            method = "GET" if self.command == "HEAD" else self.command
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if (method, path) == ("GET", "/"):
                return 200, description, None
            if (method, path) == ("POST", "/verifiers"):
                return configure(body)
            if method == "GET" and path in verifiers:
                return present(verifiers[path], foreseen, self.headers.get_all("Authorization", []))
            if method == "DELETE" and verifiers.pop(path, None):
                return 204, None, None
            return 404, {"error": "not_found"}, None

        def respond(self):
            status, body, challenge = self.answer()
            content = b"" if body is None else to_json(body)
            self.send_response(status)
            if challenge:
                self.send_header("WWW-Authenticate", challenge)
            if body is not None:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_DELETE = respond

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024

        def handle_error(self, request, client_address):
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", int(os.environ["JWTSPEC_PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.Thread(target=exit_with_harness, daemon=True).start()
    server.serve_forever()


def to_json(body):
    """JSON that every reader takes, whatever claims a token holds."""
    try:
        finite = json.loads(json.dumps(body), parse_constant=lambda _: None)
        return json.dumps(finite, ensure_ascii=False).encode(errors="replace")
    except RecursionError:  # nested too deep to print: the verdict stands
        return b"{}"


def exit_with_harness():
    sys.stdin.buffer.read()
    os._exit(0)

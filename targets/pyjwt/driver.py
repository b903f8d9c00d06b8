"""The jwtspec driver of PyJWT, contract version 1.

It is the application that PyJWT's documentation describes, and no more: each
token goes to PyJWKClient and jwt.decode, and what PyJWT says goes into the
answer. README.md lists the few things that the driver has to decide itself.
"""

import http.client
import io
import itertools
import json
import os
import re
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from urllib.parse import urlsplit

import jwt

CAPABILITIES = {
    "contract": 1,
    "name": "pyjwt",
    "version": version("pyjwt"),
    "capabilities": {
        "keys": ["discovery", "jwks-uri", "inline"],
        "algorithms": sorted(set(jwt.PyJWS().get_algorithms()) - {"none"}),
        "providers": "many",
        "typ": False,
        "required_claims": True,
    },
}


# ---------------------------------------------------------------- the verifier


class DriverError(Exception):
    """A complaint of the driver's own, told from PyJWT's by its prefix."""


# What an application must foresee: PyJWT's exceptions, and two kinds that
# PyJWKClient passes on as they are, when a connection breaks before the answer
# begins and when the answer is not JSON. Any other is a surprise, shown as 500.
FORESEEN = (jwt.PyJWTError, DriverError, OSError, json.JSONDecodeError, UnicodeDecodeError)


def describe(error):
    """PyJWT's own name for what went wrong, and its message."""
    name = "driver" if isinstance(error, DriverError) else type(error).__name__
    return f"{name}: {error}"


def create_verifier(trust):
    """From a trust to a function from token to claims. What it raises becomes a 422."""
    verifiers = {}
    for provider in trust["providers"]:
        issuer = provider["issuer"]
        if issuer in verifiers:
            raise DriverError("several providers with the same issuer")
        verifiers[issuer] = create_provider(provider, trust)

    # With one provider there is nothing to choose: PyJWT judges `iss` itself.
    if len(verifiers) == 1:
        return next(iter(verifiers.values()))

    def verify(token):
        # Not verified yet: it only chooses who verifies.
        claims = jwt.decode(token, options={"verify_signature": False})
        if "iss" not in claims:
            raise DriverError("the token has no issuer to choose a provider by")
        if not isinstance(claims["iss"], str) or claims["iss"] not in verifiers:
            raise DriverError("no provider has the issuer of the token")
        return verifiers[claims["iss"]](token)

    return verify


def create_provider(provider, trust):
    if provider.get("typ") is not None:
        raise DriverError("PyJWT has no option for the type of a token")
    find_key = create_key_source(provider["issuer"], provider["keys"], trust.get("cache") or {})
    audiences = provider.get("audiences") or None
    options = {"require": provider.get("required_claims") or [], "verify_aud": audiences is not None}

    def verify(token):
        return jwt.decode(
            token,
            find_key(token),
            algorithms=provider.get("algorithms"),
            audience=audiences,
            issuer=provider["issuer"],
            leeway=trust.get("leeway_seconds") or 0,
            options=options,
        )

    return verify


def create_key_source(issuer, keys, cache):
    """How the key for a token is found: a function from token to PyJWK."""
    options = {}
    if cache.get("max_age_seconds") is not None:
        options["lifespan"] = cache["max_age_seconds"]
    if cache.get("cooldown_seconds") is not None:
        options["cooldown_duration"] = cache["cooldown_seconds"]

    if "jwks" in keys:
        return create_inline_keys(jwt.PyJWKSet.from_dict(keys["jwks"]))
    if "jwks_uri" in keys:
        return jwt.PyJWKClient(keys["jwks_uri"], **options).get_signing_key_from_jwt
    if keys.get("discovery"):
        return create_discovered_keys(issuer, options)
    raise DriverError(f"no such source of keys: {', '.join(keys)}")


def create_inline_keys(keys):
    def find_key(token):
        kid = jwt.get_unverified_header(token).get("kid")
        # PyJWKClient would want a kid here too; but a key that an application
        # has at hand is passed to jwt.decode directly, if it is the only one.
        if kid is None and len(keys.keys) == 1:
            return keys.keys[0]
        key = jwt.PyJWKClient.match_kid(keys.keys, kid)
        if key is None:
            raise DriverError("the key set has no key with the kid of the token")
        return key

    return find_key


def create_discovered_keys(issuer, options):
    """Discovery is not PyJWT's: the first token makes the driver do it, once."""
    lock = threading.Lock()
    client = None

    def find_key(token):
        nonlocal client
        with lock:
            if client is None:  # a failure is not remembered
                client = jwt.PyJWKClient(discover_jwks_uri(issuer), **options)
        return client.get_signing_key_from_jwt(token)

    return find_key


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def discover_jwks_uri(issuer):
    url = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
    try:
        with urllib.request.build_opener(NoRedirects).open(url, timeout=5) as response:
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            document = json.load(response)
        if not isinstance(document, dict) or document.get("issuer") != issuer:
            raise ValueError("the document does not name this issuer")
        jwks_uri = document.get("jwks_uri")
        if not isinstance(jwks_uri, str):
            raise ValueError("no jwks_uri")
        # No file:, and no plain http for an issuer that has https.
        parts = urlsplit(jwks_uri)
        if parts.scheme not in ("https", urlsplit(issuer).scheme) or not parts.hostname or parts.username:
            raise ValueError("jwks_uri is not fit for use")
        return jwks_uri
    except (OSError, ValueError, http.client.HTTPException, RecursionError) as error:
        raise DriverError(f"discovery failed: {error}") from error


# ----------------------------------------------------------------- the answers

verifiers = {}
numbers = itertools.count(1)


def refuse(status, error, description):
    # RFC 6750, section 3, permits neither `"` nor `\` here. The body has the text
    # unchanged; a header grown by a token that names itself at length helps nobody.
    text = re.sub(r"[^\x20-\x7e]|\\", "?", description.replace('"', "'"))[:1000]
    challenge = f'Bearer error="{error}", error_description="{text}"'
    return status, {"error": error, "error_description": description}, challenge


def present(verify, lines):
    """The answer to a token, from the Authorization lines of the request."""
    if len(lines) > 1:
        return refuse(400, "invalid_request", "more than one Authorization header")

    scheme, credentials = re.fullmatch(r"([^ \t]*)(.*)", lines[0].strip(" \t") if lines else "", re.S).groups()
    if scheme.lower() != "bearer":
        return 401, {"error_description": "no bearer token in the Authorization header"}, 'Bearer realm="jwtspec"'
    match = re.fullmatch(r" +([A-Za-z0-9\-._~+/]+=*)", credentials)
    if not match:
        return refuse(400, "invalid_request", "what follows Bearer is not one token")

    try:
        return 200, verify(match[1]), None
    except FORESEEN as error:
        return refuse(401, "invalid_token", describe(error))
    except Exception as error:
        return 500, {"error": "server_error", "error_description": describe(error)}, None


def configure(body):
    try:
        trust = json.loads(body)
    except ValueError as error:
        return 400, {"error": "invalid_request", "error_description": f"the trust is not JSON: {error}"}, None
    try:
        verify = create_verifier(trust)
    except Exception as error:
        return 422, {"unsupported": describe(error)}, None
    path = f"/verifiers/{next(numbers)}"
    verifiers[path] = verify
    return 201, {"path": path}, None


def to_json(body):
    """JSON that every reader takes, whatever claims a token holds."""
    try:
        try:
            text = json.dumps(body, ensure_ascii=False, allow_nan=False)
        except ValueError:  # NaN and infinity become null
            finite = json.loads(json.dumps(body), parse_constant=lambda _: None)
            text = json.dumps(finite, ensure_ascii=False)
    except RecursionError:  # nested too deep to print: the verdict stands
        text = "{}"
    return text.encode(errors="replace")  # half a surrogate pair becomes "?"


# ------------------------------------------------------------------ the server


class Lines(io.BufferedReader):
    """A request stream in which a CR or NUL inside a line becomes "?", which no token has.

    The parser beneath http.server would take a bare CR for the end of a header,
    and so hand out the first half of a broken token as a whole one.
    """

    def readline(self, limit=-1):
        line = super().readline(limit)
        end = b"\r\n" if line.endswith(b"\r\n") else b""
        return re.sub(rb"[\r\0]", b"?", line.removesuffix(end)) + end


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without these two a kept-alive connection answers 40 ms late.
    disable_nagle_algorithm = True
    wbufsize = -1
    rbufsize = 0  # Lines has the buffer

    def setup(self):
        super().setup()
        self.rfile = Lines(self.rfile)

    def answer(self):
        path = self.path.partition("?")[0]  # a token in the query is not taken
        method = "GET" if self.command == "HEAD" else self.command
        if "Transfer-Encoding" in self.headers:  # http.server cannot read it
            self.close_connection = True
            return 411, {"error": "invalid_request", "error_description": "Content-Length is required"}, None
        # Read in any case: what is left would be taken for the next request.
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))

        if (method, path) == ("GET", "/"):
            return 200, CAPABILITIES, None
        if (method, path) == ("POST", "/verifiers"):
            return configure(body)
        if method == "GET" and (verify := verifiers.get(path)):
            return present(verify, self.headers.get_all("Authorization", []))
        if method == "DELETE" and verifiers.pop(path, None):
            return 204, None, None
        return 404, {"error": "not_found", "error_description": f"nothing at {self.command} {path}"}, None

    def respond(self):
        status, body, challenge = self.answer()
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        content = b""
        if body is not None:
            content = to_json(body)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024  # the default, 5, drops connections when many come at once
    allow_reuse_port = False  # newer Pythons would share a port that is taken

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that left is no news
            super().handle_error(request, client_address)


def exit_with_harness():
    """Standard input ends with the harness, however that ended: do not outlive it."""
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    port = os.environ.get("JWTSPEC_PORT")
    if not port:
        sys.exit("pyjwt driver: set JWTSPEC_PORT to the port to listen on")
    try:
        server = Server(("127.0.0.1", int(port)), Handler)
    except OSError as error:
        sys.exit(f"pyjwt driver: cannot listen on 127.0.0.1:{port}: {error.strerror}")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.Thread(target=exit_with_harness, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()

"""Each library's documented call, and no more.

An entry of LIBRARIES makes, from a mode and one provider of a trust, a function from token to
claims. A mode is the form of the key and what becomes of the allow-list: `told` (as the trust says),
`mixed` (algorithms of shared secrets as well) or `omitted`.
"""

import collections
import collections.abc
import datetime
import json
import os
import subprocess
import threading

from cryptography.hazmat.primitives.serialization import load_der_public_key
from keys import in_form
from serve import Unsupported

SECRETS = ["HS256", "HS384", "HS512"]
# The forms that the contract has a name for as text: `key_forms` of the description.
TEXTS = {"spki-pem", "pkcs1-pem", "openssh", "jwk-json", "jwks-json"}
ALGORITHMS = [
    *SECRETS, "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
]


class Refused(Exception):
    """A refusal by the application: of claims that the library leaves to it, or for want of a key."""


def allow_list(mode, provider):
    if mode.algorithms == "mixed":
        return list(dict.fromkeys([*provider["algorithms"], *SECRETS]))
    return provider["algorithms"]


def inline_keys(provider):
    keys = provider["keys"].get("jwks", {}).get("keys")
    if not keys:
        raise Unsupported("this mode has keys at hand")
    return keys


def key_finder(mode, provider, header_of):
    """From a token to a key in the form of the mode: the only one, or the one of its `kid`."""
    if provider.get("key_text"):  # the trust has the text already
        return lambda token: provider["key_text"]["text"]
    keys = inline_keys(provider)
    if mode.key == "jwks-json":  # the whole set is one text
        text = json.dumps({"keys": keys}, separators=(",", ":"))
        return lambda token: text
    forms = [(jwk.get("kid"), in_form(jwk, mode.key)) for jwk in keys]
    if len(forms) == 1:
        return lambda token: forms[0][1]

    def find(token):
        kid = header_of(token).get("kid")
        for name, key in forms:
            if name == kid:
                return key
        raise Refused("no key has the kid of the token")

    return find


def check_claims(claims, provider):
    """What an application checks itself where its library does not."""
    audiences = provider.get("audiences")
    audience = claims.get("aud")
    audience = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != provider["issuer"]:
        raise Refused("another issuer")
    if audiences and not any(one in audiences for one in audience):
        raise Refused("another audience")
    return claims


# -------------------------------------------------------------------------------------- PyJWT


def pyjwt(mode):
    # PyJWT 1.5 looks for Mapping where Python had it until 3.9.
    collections.Mapping = collections.abc.Mapping
    import jwt

    old = int(jwt.__version__.split(".")[0]) < 2
    base = getattr(jwt, "PyJWTError", jwt.InvalidTokenError)

    def create(provider, leeway, cache):
        find = pyjwt_keys(jwt, mode, provider, cache)
        audiences = provider.get("audiences") or None
        if old and audiences:
            audiences = audiences[0]  # PyJWT 1 takes one text
        options = {"verify_aud": audiences is not None}
        if not old:
            options["require"] = provider.get("required_claims") or []
        arguments = {"audience": audiences, "issuer": provider["issuer"], "leeway": leeway, "options": options}
        if mode.algorithms != "omitted":
            arguments["algorithms"] = allow_list(mode, provider)
        return lambda token: jwt.decode(token, find(token), **arguments)

    names = ["RS256", "ES256", *SECRETS] if old else [*ALGORITHMS, "EdDSA"]
    capabilities = {"required_claims": not old, "algorithms": names, "audiences": "one" if old else "many"}
    if mode.key == "jwks-uri":
        capabilities.update(keys=["jwks-uri"], cache_age="configurable", tls=True)
        # Fixed in 2.14 by a parameter; before, no fetch was ever held back.
        capabilities["cooldown"] = "configurable" if hasattr(jwt.PyJWKClient("http://x/"), "cooldown_duration") else "0s"
    # What PyJWKClient passes on as it is, besides its own.
    foreseen = (base, jwt.exceptions.InvalidKeyError, Refused, OSError, json.JSONDecodeError, UnicodeDecodeError)
    return create, foreseen, capabilities


def pyjwt_keys(jwt, mode, provider, cache):
    if mode.key == "jwks-uri":
        options = {}
        if cache.get("max_age_seconds"):
            options["lifespan"] = cache["max_age_seconds"]
        client = jwt.PyJWKClient(provider["keys"]["jwks_uri"], **options)
        if hasattr(client, "cooldown_duration"):
            client.cooldown_duration = cache.get("cooldown_seconds", 30)
        return client.get_signing_key_from_jwt
    if mode.key == "jwk":
        keys = jwt.PyJWKSet.from_dict({"keys": inline_keys(provider)}).keys

        def find(token):
            kid = jwt.get_unverified_header(token).get("kid")
            if len(keys) == 1:
                return keys[0]
            for key in keys:
                if key.key_id == kid:
                    return key
            raise Refused("no key has the kid of the token")

        return find
    find_text = key_finder(mode, provider, jwt.get_unverified_header)
    if mode.key not in ("jwk-json", "jwks-json", "spki-der"):
        return find_text

    # PyJWT reads no such text itself: the application loads it, unless the token is said to be an HMAC.
    def find_or_load(token):
        header = jwt.get_unverified_header(token)
        text = find_text(token)
        if str(header.get("alg")).startswith("HS"):
            return text
        if mode.key == "jwk-json":
            return jwt.PyJWK.from_json(text).key
        if mode.key == "spki-der":
            return load_der_public_key(text)
        keys = jwt.PyJWKSet.from_json(text).keys
        for key in keys:
            if key.key_id == header.get("kid") or len(keys) == 1:
                return key.key
        raise Refused("no key has the kid of the token")

    return find_or_load


# ------------------------------------------------------------------------------------ Authlib


def authlib(mode):
    from authlib.jose import JsonWebToken, jwt
    from authlib.jose.errors import JoseError
    from authlib.jose.util import extract_header

    def create(provider, leeway, cache):
        decoder = jwt if mode.algorithms == "omitted" else JsonWebToken(allow_list(mode, provider))
        find = key_finder(mode, provider, lambda token: extract_header(token.split(".")[0].encode(), JoseError))
        options = {"iss": {"essential": True, "value": provider["issuer"]}}
        if provider.get("audiences"):
            options["aud"] = {"essential": True, "values": provider["audiences"]}

        def verify(token):
            claims = decoder.decode(token, find(token), claims_options=options)
            claims.validate(leeway=leeway)
            return dict(claims)

        return verify

    # Keys that cannot be loaded end in ValueError, as its documentation shows.
    return create, (JoseError, Refused, ValueError), {"algorithms": [*ALGORITHMS, "EdDSA"]}


# --------------------------------------------------------------------------------- python-jwt


def python_jwt(mode):
    import python_jwt as library
    from jwcrypto.common import JWException
    from jwcrypto.jwk import JWK

    def create(provider, leeway, cache):
        keys = [JWK(**jwk) for jwk in inline_keys(provider)]
        if len(keys) != 1:
            raise Unsupported("verify_jwt takes one key")
        skew = datetime.timedelta(seconds=leeway)

        def verify(token):
            _, claims = library.verify_jwt(
                token, keys[0], allow_list(mode, provider), iat_skew=skew, checks_optional=True
            )
            return check_claims(claims, provider)

        return verify

    # Its own error is private, and it passes on what Python says of bad input.
    foreseen = (library._JWTError, JWException, Refused, ValueError, KeyError, TypeError)
    return create, foreseen, {"algorithms": [*ALGORITHMS, "EdDSA"], "leeway": "0s"}


# ------------------------------------------------------------------------ jsonwebtoken (Rust)


def jsonwebtoken_rust(mode):
    program = subprocess.Popen(
        [os.environ["GRAVEYARD_PROGRAM"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    lock = threading.Lock()

    def create(provider, leeway, cache):
        keys = inline_keys(provider)
        if len(keys) != 1:
            raise Unsupported("decode takes one key")
        question = {
            "jwk": keys[0], "algorithms": provider["algorithms"], "issuer": provider["issuer"],
            "audiences": provider.get("audiences") or [], "leeway": leeway,
            "required": provider.get("required_claims") or [],
        }

        def verify(token):
            with lock:
                program.stdin.write(json.dumps({**question, "token": token}) + "\n")
                program.stdin.flush()
                answer = json.loads(program.stdout.readline())
            if "error" in answer:
                raise Refused(answer["error"])
            return answer["claims"]

        return verify

    names = [name for name in ALGORITHMS if name != "ES512"]
    return create, (Refused,), {"algorithms": [*names, "EdDSA"], "required_claims": True}


LIBRARIES = {
    "pyjwt": pyjwt,
    "authlib": authlib,
    "python-jwt": python_jwt,
    "jsonwebtoken-rust": jsonwebtoken_rust,
}

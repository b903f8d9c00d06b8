"""What the lines under `by-hand` in graveyard.toml need: keys, and tokens good and forged."""

import base64
import collections
import collections.abc
import hashlib
import hmac
import json
import os
import subprocess
import time

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

collections.Mapping = collections.abc.Mapping  # PyJWT 1.5 looks for it there

RSA = rsa.generate_private_key(65537, 2048, default_backend())
EC = ec.generate_private_key(ec.SECP256R1(), default_backend())
SECP256K1 = ec.generate_private_key(ec.SECP256K1(), default_backend())


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def text(key, encoding, form):
    data = key.public_key().public_bytes(
        getattr(serialization.Encoding, encoding), getattr(serialization.PublicFormat, form)
    )
    return data if encoding == "DER" else data.decode()


def jwk(key):
    numbers = key.public_key().public_numbers()
    if hasattr(numbers, "n"):
        size = key.key_size // 8
        return {"kty": "RSA", "n": b64(numbers.n.to_bytes(size, "big")), "e": "AQAB"}
    curve = {"secp256r1": "P-256", "secp256k1": "secp256k1"}[numbers.curve.name]
    return {"kty": "EC", "crv": curve, "x": b64(numbers.x.to_bytes(32, "big")), "y": b64(numbers.y.to_bytes(32, "big"))}


def signing_input(claims, header):
    claims = {"sub": "forged", "iss": "good", "iat": int(time.time()) - 1, "exp": int(time.time()) + 300, **claims}
    return b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())


def mac(secret, claims={}, **header):
    """HS256 keyed with this text or these octets."""
    secret = secret if isinstance(secret, bytes) else secret.encode()
    content = signing_input(claims, {"alg": "HS256", "typ": "JWT", **header})
    return content + "." + b64(hmac.new(secret, content.encode(), hashlib.sha256).digest())


def signed(key, claims={}, **header):
    """RS256 or ES256 by this key, whatever the header says."""
    content = signing_input(claims, {"alg": "RS256" if key is RSA else "ES256", "typ": "JWT", **header})
    if key is RSA:
        signature = key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(content.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return content + "." + b64(signature)


def ask_rust(secret, claims):
    """One question to the Rust program, about a token under this secret."""
    question = {
        "jwk": {"kty": "oct", "k": b64(secret)}, "algorithms": ["HS256"], "issuer": "good",
        "audiences": [], "leeway": 0, "token": mac(secret, claims),
    }
    answer = subprocess.run(
        [os.environ["GRAVEYARD_PROGRAM"]], input=json.dumps(question) + "\n", text=True, capture_output=True, check=True
    )
    answer = json.loads(answer.stdout)
    if "error" in answer:
        raise ValueError(answer["error"])

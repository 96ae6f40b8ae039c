"""Who is asking: tokens, trusted headers, tokens of an OIDC provider; and everything that only looks like one."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import http.server
import json
import re
import threading

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from litestar.testing import TestClient
from shop import SECRET
from web import Web, bearer, problem, tokens

from lifecycle import Lifecycle, Role
from lifecycle.errors import BadRequest
from lifecycle.http.app import asgi
from lifecycle.http.oidc import OidcTokens
from lifecycle.http.principals import AnyOf, Principal, StaticTokens, Token, TrustedHeader, hash_of, new_token
from lifecycle.http.token_file import BadTokens, add_token, read_tokens

ACCOUNT = "/accounts/ann"
ISSUER, AUDIENCE = "https://id.example", "lifecycle"


def status(service, principals, headers, client=("127.0.0.1", 5000)):
    """The status of asking for an account."""
    app = asgi(service, principals, console=False)
    return coming_from(app, client).get(ACCOUNT, headers=headers).status_code


def coming_from(app, client=("127.0.0.1", 1), raw=()):
    """A client at this address, whose headers arrive as they are in *raw* as well."""

    async def there(scope, receive, send):
        more = [(name.lower().encode(), value.encode()) for name, value in raw]
        await app({**scope, "client": client, "headers": [*scope["headers"], *more]}, receive, send)

    return TestClient(there)


# --- static tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer lct_agen",
        "Bearer lct_agent1",
        "Bearer lct_agentx",
        "Basic lct_agent",
        "lct_agent",
        "Bearer lct_agent, Bearer lct_rev1",
        "Bearer LCT_AGENT",
        "Bearer " + "x" * 5000,
        "Bearer " + hash_of("lct_agent"),
        "Bearer \u00e9".encode(),
    ],
)
def test_no_token_or_a_wrong_one(web, said):
    """Without a right token nothing is answered, on any path."""
    headers = {} if said is None else {"Authorization": said}
    for path in (ACCOUNT, "/accounts/nobody", "/appeals", "/policy", "/health", "/metrics", "/schema/openapi.json"):
        answer = web.client.get(path, headers=headers)
        problem(answer, 401, "not-signed-in")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = web.client.post(f"{ACCOUNT}/transitions", headers=headers, content=b"{")
    problem(answer, 401, "not-signed-in")


def test_a_right_token(web):
    """The scheme is told by any case; the token is not."""
    assert web.client.get(ACCOUNT, headers={"Authorization": "bearer lct_agent"}).status_code == 200


def test_a_token_in_the_address_counts_for_nothing(web):
    """A token is taken from its header only: addresses are written into logs."""
    problem(web.client.get(f"{ACCOUNT}?token=lct_agent&access_token=lct_agent"), 401, "not-signed-in")


def test_headers_and_cookies_that_look_like_somebody(web):
    """Without a provider for them, headers and cookies name nobody."""
    headers = {"X-Lifecycle-Subject": "rev1", "X-Lifecycle-Roles": "reviewer", "X-Forwarded-User": "rev1"}
    problem(web.client.get(ACCOUNT, headers=headers), 401, "not-signed-in")
    problem(web.client.get(ACCOUNT, headers={"Cookie": "__Host-lifecycle=rev1"}), 401, "not-signed-in")


def test_tokens_are_kept_as_hashes(tmp_path):
    """What is kept of a token shows nothing of it, neither in memory nor in a file."""
    token = new_token()
    tokens = StaticTokens([Token(hash_of(token), Principal("a", ["agent"]))])
    assert token not in repr(vars(tokens))
    path = tmp_path / "tokens.toml"
    made = add_token(path, "ann", ["reviewer"])
    assert made not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert len({new_token() for _ in range(100)}) == 100


def test_a_token_runs_out(shop):
    """A token is good until its time, and not at it."""
    until = shop.now + dt.timedelta(hours=1)
    tokens = StaticTokens([Token(hash_of("t"), Principal("a", ["agent"], until=until))], clock=shop.clock)
    assert tokens.of("t").subject == "a"
    shop.passes(hours=1)
    assert tokens.of("t") is None


def test_a_file_of_tokens(tmp_path):
    """Tokens are added one by one, each with its roles; a name is taken once."""
    path = tmp_path / "tokens.toml"
    until = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    first = add_token(path, "ann", ["reviewer", "supervisor"])
    second = add_token(path, "shop.eu", ["system"], for_holders=True, until=until)
    tokens = StaticTokens(read_tokens(path))
    assert tokens.of(first) == Principal("ann", ["reviewer", "supervisor"])
    assert tokens.of(second) == Principal("shop.eu", ["system"], for_holders=True, until=until)
    with pytest.raises(BadTokens, match="already"):
        add_token(path, "ann", ["agent"])
    for name, roles in (("a b", ["agent"]), ("bob", ["king"]), ("bob", [])):
        with pytest.raises(BadRequest):
            add_token(path, name, roles)
    assert len(read_tokens(path)) == 2


def test_a_file_of_tokens_with_mistakes(tmp_path):
    """Every mistake of a file is told at once, with its place; a hash is never repeated."""
    path = tmp_path / "tokens.toml"
    path.write_text(
        '[tokens.ann]\nsha256 = "abc"\nroles = ["agent"]\n[tokens.bob]\nroles = ["king"]\nsecret = 1\n'
        '[tokens.eve]\nsha256 = "' + "0" * 64 + '"\nroles = ["king"]\nuntil = 2030-01-01T00:00:00\n'
    )
    with pytest.raises(BadTokens) as raised:
        read_tokens(path)
    for place in ("tokens.ann", "tokens.bob: sha256", 'tokens.bob: "secret"', "tokens.eve: until"):
        assert place in str(raised.value)
    path.write_text("[tokens")
    with pytest.raises(BadTokens):
        read_tokens(path)
    with pytest.raises(BadTokens, match="cannot be read"):
        read_tokens(tmp_path / "none.toml")


def test_roles_that_are_none():
    """A principal with an unknown role, or a subject that is no opaque id, cannot be made."""
    with pytest.raises(BadRequest, match="king"):
        Principal("a", ["king"])
    with pytest.raises(BadRequest):
        Principal("ann@example.org", ["agent"])


# --- a trusted header --------------------------------------------------------------------------------------------

NAMED = {"X-Lifecycle-Subject": "rev1", "X-Lifecycle-Roles": "reviewer"}


def test_a_trusted_header(service):
    """The header counts from the proxy's address, and from nowhere else."""
    trusted = TrustedHeader(["127.0.0.1", "10.0.0.0/24", "::1"])
    assert status(service, trusted, NAMED) == 200
    assert status(service, trusted, NAMED, ("10.0.0.9", 1)) == 200
    assert status(service, trusted, NAMED, ("::1", 1)) == 200
    for address in ("10.0.1.9", "192.0.2.1", "::2", "testclient", ""):
        assert status(service, trusted, NAMED, (address, 1)) == 401
    assert status(service, trusted, {**NAMED, "X-Forwarded-For": "127.0.0.1"}, ("192.0.2.1", 1)) == 401


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Lifecycle-Subject", "rev1"), ("X-Lifecycle-Subject", "rev2"), ("X-Lifecycle-Roles", "reviewer")],
        [("X-Lifecycle-Subject", "rev1"), ("X-Lifecycle-Roles", "agent"), ("X-Lifecycle-Roles", "supervisor")],
        [("X-Lifecycle-Subject", "rev 1"), ("X-Lifecycle-Roles", "reviewer")],
        [("X-Lifecycle-Subject", "a@b.example"), ("X-Lifecycle-Roles", "reviewer")],
        [("X-Lifecycle-Roles", "reviewer")],
    ],
)
def test_headers_that_were_added_to(service, headers):
    """A header that comes twice, or names no opaque id, names nobody."""
    app = asgi(service, TrustedHeader(["127.0.0.1"]), console=False)
    assert coming_from(app, raw=NAMED.items()).get(ACCOUNT).status_code == 200
    assert coming_from(app, raw=headers).get(ACCOUNT).status_code == 401


def test_roles_of_a_proxy(service):
    """What the proxy calls a role is mapped to ours; what is none gives nothing."""
    trusted = TrustedHeader(["127.0.0.1"], subject="X-User", roles="X-Groups", mapped={"trust-team": Role.REVIEWER})
    assert status(service, trusted, {"X-User": "a", "X-Groups": "staff, trust-team"}) == 200
    assert status(service, trusted, {"X-User": "a", "X-Groups": "staff,everybody"}) == 403
    with pytest.raises(BadRequest, match="addresses="):
        TrustedHeader([])
    with pytest.raises(BadRequest, match="addresses="):
        TrustedHeader("127.0.0.1")
    with pytest.raises(BadRequest, match="IP"):
        TrustedHeader(["proxy.example"])


def test_a_backend_that_a_proxy_names_for_holders(service):
    """A backend whose role is named for it asks as the holder of any account; nobody else does."""
    trusted = TrustedHeader(["127.0.0.1"], mapped={"shop": "system"}, for_holders=["shop"])
    client = coming_from(asgi(service, trusted, console=False))
    for roles, status_code in (("shop", 200), ("system", 403), ("reviewer", 403)):
        headers = {"X-Lifecycle-Subject": "backend", "X-Lifecycle-Roles": roles}
        assert client.get(f"{ACCOUNT}/options?role=holder", headers=headers).status_code == status_code, roles


def test_a_form_that_a_trusted_header_would_let_through(service):
    """A browser behind a proxy sends its header by itself: a form of another site is refused all the same."""
    app = asgi(service, TrustedHeader(["127.0.0.1"]), console=False)
    client = coming_from(app)
    path = f"{ACCOUNT}/transitions"
    problem(client.post(path, headers=NAMED, data={"trigger": "lock"}), 403, "cross-site")
    plain = {**NAMED, "Content-Type": "text/plain"}
    problem(client.post(path, headers=plain, content=b'{"trigger": "lock"}'), 403, "cross-site")
    for header in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        problem(client.post(path, headers={**NAMED, **header}, json={"trigger": "lock"}), 403, "cross-site")


def test_several_providers(service):
    """The first provider that knows who is asking is heard."""
    both = AnyOf(StaticTokens([Token(hash_of("t"), Principal("a", ["agent"]))]), TrustedHeader(["127.0.0.1"]))
    assert both.ambient
    assert status(service, both, {"Authorization": "Bearer t"}) == 200
    assert status(service, both, NAMED) == 200
    assert status(service, both, {}) == 401


# --- OIDC --------------------------------------------------------------------------------------------------------


class Provider:
    """A provider of tokens on this machine: its keys at an address, and how often they were fetched."""

    def __init__(self):
        self.keys, self.fetched, self.broken = {}, 0, False
        self.add("k1")
        outer = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.fetched += 1
                if self.path == "/elsewhere":
                    self.send_response(302)
                    self.send_header("Location", "/keys")
                    self.end_headers()
                    return
                body = b"<html>" if outer.broken else json.dumps({"keys": outer.public()}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def add(self, id, kind="rsa"):
        """Make another key."""
        made = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
        self.keys[id] = made

    def public(self):
        """The public keys."""
        found = []
        for id, key in self.keys.items():
            algorithm = (
                jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
            )
            found.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": id, "use": "sig"})
        return found

    def token(self, key="k1", algorithm="RS256", headers=None, signer=None, **claims):
        """A token of this provider; a claim of None is left out."""
        now = dt.datetime.now(dt.UTC)
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "rev1", "roles": ["reviewer"], "iat": now}
        said |= {"exp": now + dt.timedelta(minutes=5), **claims}
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, signer or self.keys[key], algorithm, headers={"kid": key, **(headers or {})})

    def close(self):
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def _provider():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(_provider):
    """A provider with one key."""
    _provider.keys = {"k1": _provider.keys["k1"]}
    _provider.fetched, _provider.broken = 0, False
    return _provider


def of(provider, **more):
    """Tokens of that provider."""
    options = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": provider.url, **more}
    return OidcTokens(**options)


def test_a_token_of_the_provider(service, provider):
    """A token that is signed, in time and meant for us names its subject and roles; keys are fetched once."""
    tokens = of(provider)
    token = provider.token()
    for _ in range(3):
        assert status(service, tokens, {"Authorization": f"Bearer {token}"}) == 200
    assert provider.fetched == 1
    found = tokens.of(token)
    assert (found.subject, found.roles) == ("rev1", {Role.REVIEWER})
    assert found.until is not None


def test_a_backend_that_a_provider_names_for_holders(provider):
    """A token whose role is named for it speaks for holders as well; roles that make no sense do not."""
    tokens = of(provider, mapped={"shop": "system"}, for_holders=["shop"])
    found = tokens.of(provider.token(roles=["shop", {"shop": 1}, None]))
    assert (found.roles, found.for_holders) == ({Role.SYSTEM}, True)
    assert [str(actor) for actor in found.actors("ann")] == ["holder:ann", "system:rev1"]
    for roles in (["system"], [["shop"]], "reviewer", None):
        assert tokens.of(provider.token(roles=roles)).for_holders is False


def _past(**ago):
    return dt.datetime.now(dt.UTC) - dt.timedelta(**ago)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://id.example/"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"exp": _past(minutes=1)},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)},
        {"sub": None},
        {"sub": 7},
    ],
)
def test_claims_that_are_wrong(service, provider, claims):
    """Another issuer, another audience, a time gone by or not yet come, no end: nobody."""
    assert status(service, of(provider), {"Authorization": f"Bearer {provider.token(**claims)}"}) == 401


def test_a_forged_signature(service, provider):
    """A token signed by somebody else, altered, without a signature, or signed with what is public is worth nothing."""
    other = rsa.generate_private_key(65537, 2048)
    good = provider.token()
    head, body, signature = good.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**said, "roles": ["supervisor"]}).encode()).rstrip(b"=").decode()
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    public = json.dumps(provider.public()[0]).encode()
    forged = [
        provider.token(signer=other),
        f"{head}.{changed}.{signature}",
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        by_hmac(said, public),
        f"{head}.{body}.",
        f"{head}.{body}",
        "a.b.c",
        "...",
        good + "x",
        "x" * 20_000,
    ]
    tokens = of(provider)
    assert [status(service, tokens, {"Authorization": f"Bearer {each}"}) for each in forged] == [401] * len(forged)
    assert status(service, tokens, {"Authorization": f"Bearer {good}"}) == 200


def by_hmac(claims, key):
    """A token signed with HMAC, the key being what everybody knows."""
    parts = [json.dumps({"alg": "HS256", "kid": "k1"}).encode(), json.dumps(claims).encode()]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + signature).decode()


def test_keys_that_the_token_brings_along_count_for_nothing(service, provider):
    """A key, or an address of keys, in the token's own header is not looked at."""
    other = rsa.generate_private_key(65537, 2048)
    brought = jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key(), as_dict=True)
    for headers in (
        {"jwk": brought},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/"},
        {"kid": "../k1"},
    ):
        token = provider.token(signer=other, headers=headers)
        assert status(service, of(provider), {"Authorization": f"Bearer {token}"}) == 401
    assert provider.fetched <= 8


def test_algorithms_are_ours_to_name(service, provider):
    """Only algorithms that were named count, and a key serves only its own."""
    provider.add("e1", "ec")
    tokens = of(provider, algorithms=["ES256"])
    assert tokens.of(provider.token(key="e1", algorithm="ES256")).subject == "rev1"
    assert tokens.of(provider.token()) is None
    assert of(provider, algorithms=["RS256", "RS512"]).of(provider.token(algorithm="RS512")) is None
    for algorithms in (["HS256"], ["none"], []):
        with pytest.raises(BadRequest, match="algorithms="):
            of(provider, algorithms=algorithms)


def test_keys_are_fetched_anew(provider):
    """A new key is fetched when a token names it, not more often than every ten seconds; a removed one is forgotten."""
    now = [0.0]
    tokens = of(provider)
    tokens._keys.clock = lambda: now[0]
    old = provider.token()
    assert tokens.of(old)
    provider.add("k2")
    new = provider.token(key="k2")
    assert tokens.of(new) is None
    now[0] = 10
    assert tokens.of(new)
    for n in range(50):
        assert tokens.of(provider.token(headers={"kid": f"made-up-{n}"})) is None
    assert provider.fetched == 2
    del provider.keys["k1"]
    now[0] = 400
    assert tokens.of(old) is None
    provider.add("k1")


def test_a_provider_that_does_not_answer(service, provider):
    """Without keys nobody can be told apart: 503. With keys that are kept, the service goes on."""
    now = [0.0]
    tokens = of(provider)
    tokens._keys.clock = lambda: now[0]
    header = {"Authorization": f"Bearer {provider.token()}"}
    provider.broken = True
    assert status(service, tokens, header) == 503
    provider.broken = False
    assert status(service, tokens, header) == 200
    provider.broken, now[0] = True, 1000
    assert status(service, tokens, header) == 200


def test_addresses_of_keys(provider):
    """Keys come over https, or from this machine, and from no other address than the one that was named."""
    for url in ("http://id.example/keys", "file:///etc/passwd", "ftp://127.0.0.1/keys"):
        with pytest.raises(BadRequest, match="jwks_url="):
            of(provider, jwks_url=url)
    from lifecycle.http.oidc import KeysUnreachable

    with pytest.raises(KeysUnreachable):
        of(provider, jwks_url=provider.url.replace("/keys", "/elsewhere")).of(provider.token())


def test_subjects_and_roles_of_a_provider(provider):
    """A subject that would name a person is hashed; roles may stand deep in the claims, and are mapped."""
    tokens = of(provider, roles_claim="realm_access.roles", mapped={"t&s": "reviewer"})
    found = tokens.of(provider.token(sub="ann@example.org", roles=None, realm_access={"roles": ["t&s", "x", 7]}))
    assert found.subject.startswith("sub-")
    assert "ann" not in found.subject
    assert found.roles == {Role.REVIEWER}
    assert tokens.of(provider.token(realm_access="x")).roles == frozenset()
    assert of(provider).of(provider.token(roles="agent reviewer")).roles == {Role.AGENT, Role.REVIEWER}
    own = of(provider, subject=lambda claims: "u-" + claims["sub"])
    assert own.of(provider.token(sub="7")).subject == "u-7"
    assert own.of(provider.token(sub="a b")) is None


def test_a_provider_of_the_hosts_own(service):
    """The host's provider is one method, awaited or not."""

    class Plain:
        def principal(self, request):
            return Principal("rev9", ["reviewer"]) if request.headers.get("x-me") == "rev9" else None

    class Awaited:
        async def principal(self, request):
            return Plain().principal(request)

    for provider in (Plain(), Awaited()):
        assert status(service, provider, {"X-Me": "rev9"}) == 200
        assert status(service, provider, {}) == 401


def test_a_principal_without_roles_may_nothing(web):
    """Somebody known without a role sees no account and none of the staff's pages."""
    for path in (ACCOUNT, f"{ACCOUNT}/options", "/appeals", "/events"):
        problem(web.get(path, "nobody"), 403, "forbidden")


@pytest.mark.parametrize("console", [False, True])
def test_every_route_is_closed(service, console):
    """Whatever is registered answers nobody without a principal, unless it says that it is open; none of the API does."""
    app = asgi(service, tokens(), console=console)
    client = TestClient(app)
    asked = 0
    for route in app.routes:
        for method, (handler, _) in route.route_handler_map.items():
            if method == "OPTIONS":
                continue
            if handler.opt.get("open"):
                assert route.path_format.startswith("/console/")
                continue
            path = re.sub(r"{[^}]*:int}", "1", route.path)
            answer = client.request(method, re.sub(r"{[^}]*}", "ann", path))
            assert answer.status_code == 401, (method, route.path, answer.status_code)
            asked += 1
    assert asked >= 14


def test_options_tell_nothing(service):
    """Asking which methods there are is for those who may ask."""
    answer = Web(service).client.options(ACCOUNT)
    assert answer.status_code == 401


def test_a_service_keeps_its_accounts_open(shop):
    """Serving does not close the accounts: they are the caller's."""
    with Lifecycle.open("memory:", secret=SECRET) as accounts:
        accounts.import_account("ann", state="active")
        with Web(accounts).client as client:
            assert client.get(ACCOUNT, headers=bearer("agent")).status_code == 200
        assert accounts.account("ann").version == 1

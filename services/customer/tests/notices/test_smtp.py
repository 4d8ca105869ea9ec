"""The connection to the mail server: encrypted where the settings say so, with a server that is vouched for only."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tsunagu.testing.harness import Harness
from tsunagu.testing.mail_server import mail_server

from .conftest import waiting

pytestmark = [pytest.mark.component, pytest.mark.wide]


def _certificate(folder: Path) -> tuple[Path, SSLContext]:
    """A certificate for 127.0.0.1 that nobody vouches for, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path, key_path = folder / "cert.pem", folder / "key.pem"
    path.write_bytes(certificate.public_bytes(pem))
    no_password = serialization.NoEncryption()
    key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return path, context


@pytest.mark.parametrize("vouched_for", [True, False])
async def test_starttls__server_with_a_certificate__is_used_only_if_that_is_vouched_for(
    vouched_for: bool,
    tmp_path: Path,
    service: Harness,
    mail: Any,
    post: Any,
    use_settings: Any,
    new_shopper: Any,
    order_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, context = _certificate(tmp_path)
    if vouched_for:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with mail_server(tls=context) as server:
        use_settings.use(smtp_tls="starttls", smtp_port=server.port)
        await service.deliver(order_of(await new_shopper()).confirmed())

        await post.go_round()

        assert len(server.deliveries) == (1 if vouched_for else 0)


async def test_starttls__server_that_does_not_offer_it__is_told_nothing(
    service: Harness, mail: Any, post: Any, use_settings: Any, new_shopper: Any, order_of: Any
) -> None:
    use_settings.use(smtp_tls="starttls")
    await service.deliver(order_of(await new_shopper()).confirmed())

    await post.go_round()

    assert mail.deliveries == []
    assert await waiting(service) == 1


@pytest.mark.parametrize("password", ["right", "wrong"])
async def test_login__with_the_password_of_the_settings__else_the_server_is_away(
    password: str,
    tmp_path: Path,
    service: Harness,
    mail: Any,
    post: Any,
    use_settings: Any,
    new_shopper: Any,
    order_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, context = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with mail_server(tls=context, login=("shop", "right")) as server:
        use_settings.use(smtp_tls="starttls", smtp_port=server.port, smtp_user="shop", smtp_password=password)
        await service.deliver(order_of(await new_shopper()).confirmed())

        await post.go_round()

        assert len(server.deliveries) == (1 if password == "right" else 0)
        assert await waiting(service) == (0 if password == "right" else 1)


# settings

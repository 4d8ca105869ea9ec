"""Who registers cards, accounts and devices: they tell customer who stands behind a ref, personal data sealed."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

from tsunagu.contracts.messages import IdentifyCustomer
from tsunagu.contracts.values import PersonalData
from tsunagu.retailer.http_request import request
from tsunagu.retailer.intentions import IdentityAct
from tsunagu.retailer.players.channels import source_of
from tsunagu.retailer.stage import Stage

SEALING = ("ECDH-ES", "A256GCM")
"""Key agreement and encryption of sealed data (RFC 7518), as customer expects them."""

_OK = 200


async def sealing_key(customer_url: str) -> Mapping[str, Any]:
    """The public key (JWK) with which personal data is sealed. Raises OSError when customer does not give it."""
    answer = await request("GET", f"{customer_url}/sealing-key")
    if answer.status != _OK:
        raise ConnectionError(f"{customer_url}/sealing-key answers with {answer.status}")
    key: Mapping[str, Any] = json.loads(answer.body)
    return key


def seal(personal: PersonalData, public_key: Mapping[str, Any]) -> str:
    """Personal data that only customer can open (compact JWE)."""
    header = {"alg": SEALING[0], "enc": SEALING[1], "kid": public_key["kid"]}
    content = personal.model_dump_json(exclude_none=True).encode()
    return jwe.encrypt_compact(header, content, ECKey.import_key({**public_key}), algorithms=list(SEALING))


class Registrars:
    """All of them, in stores and online."""

    def __init__(self, stage: Stage, acts: tuple[IdentityAct, ...], public_key: Mapping[str, Any]) -> None:
        self._stage = stage
        self._acts = acts
        self._public_key = public_key

    async def play(self) -> None:
        """Tell customer of each card, account and device when it is first used."""
        for act in self._acts:
            await self._stage.clock.until(act.at)
            self._stage.begin(self._identify(act))

    async def _identify(self, act: IdentityAct) -> None:
        sealed = None
        if act.email is not None:
            sealed = seal(PersonalData(emails=(act.email,)), self._public_key)
        command = IdentifyCustomer(
            identification_id=f"{self._stage.run_id}-{act.customer_ref}",
            customer_ref=act.customer_ref,
            channel=act.channel,
            identifiers=act.identifiers,
            sealed=sealed,
            occurred_at=self._stage.clock.now,
        )
        await self._stage.ask(command, source_of(act.channel))

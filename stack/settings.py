"""The settings of a local run: everything that points at the outside world points at the simulator."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from stack.passwords import kept_secret
from stack.ports import LOOPBACK

_TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:sendout-events"


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one local stack are."""

    database_url: str
    redis_url: str
    port: int
    simulator_port: int

    @property
    def public_url(self) -> str:
        """Where the organiser's browser goes."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def simulator_url(self) -> str:
        """Where Amazon and Twilio are played."""
        return f"http://{LOOPBACK}:{self.simulator_port}"


def local_environment(addresses: Addresses, folder: Path) -> dict[str, str]:
    """The environment of every process of a local run; secrets are made once and kept in the folder.

    The caller's own values stand for what is not set here (SETTLE_SECONDS, TRACKING_SOURCE), never for an account.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return environment | _paths() | _ours(addresses, folder) | _amazon(addresses) | _twilio(addresses, folder)


def _paths() -> dict[str, str]:
    programs = str(Path(sys.executable).parent)
    return {"PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]), "PYTHONUNBUFFERED": "1"}


def _ours(addresses: Addresses, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "PUBLIC_URL": addresses.public_url,
        "SECRET_KEY": kept_secret(folder / "secret-key"),
        "WEB_HOST": LOOPBACK,
        "PORT": str(addresses.port),
    }


def _amazon(addresses: Addresses) -> dict[str, str]:
    return {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_SESV2": addresses.simulator_url,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SES_CONFIGURATION_SET": "sendout",
        "SNS_TOPIC_ARNS": _TOPIC_ARN,
        "SNS_EXTRA_CERT_ORIGINS": addresses.simulator_url,
        "INBOUND_DOMAIN": "answers.riverside.example",
    }


def _twilio(addresses: Addresses, folder: Path) -> dict[str, str]:
    token = kept_secret(folder / "twilio-auth-token")
    return {
        "TWILIO_ACCOUNT_SID": "AC" + hashlib.md5(token.encode(), usedforsecurity=False).hexdigest(),  # the shape of a SID
        "TWILIO_AUTH_TOKEN": token,
        "TWILIO_API_URL": addresses.simulator_url,
    }

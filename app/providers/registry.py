"""The adapters of one installation, made from its settings: one AWS and one Twilio account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from app.providers.base import EmailCarrier
from app.providers.ses import AccountQuota, SesMail, SesSingleMail, account_quota, lift_suppression, read_descriptions, ses_client
from app.providers.ses_setup import SesSetup
from app.providers.sns import SnsReader
from app.providers.sns_certificates import Certificates
from app.providers.sns_setup import SnsSetup
from app.providers.twilio import TextRecord, TwilioTexts, twilio_client
from app.providers.twilio_callbacks import TwilioReader
from app.providers.twilio_http import PooledHttpClient
from app.providers.twilio_media import TwilioMedia
from app.providers.twilio_setup import TwilioSetup

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from twilio.rest import Client


class SesSendPath(StrEnum):
    """How e-mail is handed over: up to 50 people a call, or one. AUTO leaves it to what the account turns out to allow."""

    AUTO = "auto"
    BULK = "bulk"
    SINGLE = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """What the adapters need to know. The first Twilio token signs our requests; all of them are accepted on callbacks."""

    aws_region: str
    aws_endpoint_url_sesv2: str | None = None
    ses_configuration_set: str = ""
    ses_send_path: str = SesSendPath.AUTO
    sns_topic_arns: tuple[str, ...] = ()
    sns_extra_cert_origins: tuple[str, ...] = ()
    twilio_account_sid: str = ""
    twilio_auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    twilio_api_url: str | None = None
    twilio_shared_key: str | None = field(default=None, repr=False)
    pool_size: int = 32


class Providers:
    """The adapters, each made when it is first asked for: the web verifies callbacks and never needs boto3's client."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings

    def read_ahead(self) -> None:
        """Read what every process forked from this one would have to read before its first e-mail. Asks nobody."""
        read_descriptions(self._settings.aws_region)

    @cached_property
    def mail(self) -> EmailCarrier:
        """Carries e-mail by the path that the settings choose; for AUTO in bulk calls."""
        is_single = SesSendPath(self._settings.ses_send_path) is SesSendPath.SINGLE
        return self.single_mail if is_single else SesMail(self._ses, self.single_mail)

    @cached_property
    def single_mail(self) -> SesSingleMail:
        """Carries e-mail one call a person."""
        return SesSingleMail(self._ses)

    @cached_property
    def texts(self) -> TwilioTexts:
        """Carries texts."""
        return TwilioTexts(self._twilio)

    @cached_property
    def media(self) -> TwilioMedia:
        """Fetches what came along with received texts."""
        return TwilioMedia(self._settings.twilio_account_sid, self._twilio_token, self._settings.twilio_api_url)

    @cached_property
    def ses_callbacks(self) -> SnsReader:
        """Reads what SNS posts."""
        return SnsReader(self._settings.sns_topic_arns, Certificates(), self._settings.sns_extra_cert_origins)

    @cached_property
    def twilio_callbacks(self) -> TwilioReader:
        """Reads what Twilio posts."""
        return TwilioReader(self._settings.twilio_auth_tokens, self._settings.twilio_shared_key)

    def account_quota(self) -> AccountQuota:
        """What SES allows now; ask once a minute at most. Raises CannotAsk."""
        return account_quota(self._ses)

    def lift_suppression(self, address: str) -> None:
        """Take an address off SES's own list. Raises CannotAsk with the reason."""
        lift_suppression(self._ses, address)

    def texts_to(self, number: str, since: datetime) -> list[TextRecord]:
        """Texts to a number that Twilio knows of, newest first. Raises CannotAsk."""
        return self.texts.texts_to(number, since)

    @cached_property
    def ses_setup(self) -> SesSetup:
        """For `flask doctor`, and for the addresses that are set up by hand."""
        return SesSetup(self._ses)

    @cached_property
    def sns_setup(self) -> SnsSetup:
        """For `flask doctor`."""
        return SnsSetup()

    @cached_property
    def twilio_setup(self) -> TwilioSetup:
        """For `flask doctor`."""
        return TwilioSetup(self._twilio)

    @cached_property
    def _twilio(self) -> Client:
        http_client = PooledHttpClient(self._settings.twilio_api_url, pool_size=self._settings.pool_size)
        return twilio_client(self._settings.twilio_account_sid, self._twilio_token, http_client)

    @property
    def _twilio_token(self) -> str:
        return next(iter(self._settings.twilio_auth_tokens), "")

    @cached_property
    def _ses(self) -> SESV2Client:
        return ses_client(self._settings.aws_region, self._settings.aws_endpoint_url_sesv2, pool_size=self._settings.pool_size)


def build_providers(settings: ProviderSettings) -> Providers:
    """The adapters for these settings; makes no connection yet."""
    return Providers(settings)

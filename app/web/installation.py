"""This installation's settings and adapters, as the application at hand was made with them."""

from typing import cast

from flask import current_app

from app.providers.registry import Providers, ProviderSettings, build_providers
from config import Config


def settings() -> Config:
    """The settings of the application at hand."""
    return cast("Config", current_app.extensions["sendout"])


def providers() -> Providers:
    """The adapters of the application at hand, each made when it is first asked for, with pooled connections."""
    return cast("Providers", current_app.extensions["providers"])


def providers_for(config: Config) -> Providers:
    """The adapters that belong to these settings."""
    return build_providers(
        ProviderSettings(
            aws_region=config.aws_region,
            aws_endpoint_url_sesv2=config.aws_endpoint_url_sesv2,
            ses_configuration_set=config.ses_configuration_set,
            ses_send_path=config.ses_send_path,
            sns_topic_arns=config.sns_topic_arns,
            sns_extra_cert_origins=config.sns_extra_cert_origins,
            twilio_account_sid=config.twilio_account_sid,
            twilio_auth_tokens=config.twilio_auth_tokens,
            twilio_api_url=config.twilio_api_url,
            pool_size=CALLS_AT_ONCE,
        )
    )


CALLS_AT_ONCE = 50  # of one process to one provider: a slot of texts keeps so many under way

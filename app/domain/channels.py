"""The two channels, and the ways in which a send-out may use them."""

from enum import StrEnum


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class ChannelPlan(StrEnum):
    """Which channels a send-out uses; "else" waits for the first to fail."""

    EMAIL = "email"
    SMS = "sms"
    BOTH = "both"
    EMAIL_ELSE_SMS = "email_else_sms"
    SMS_ELSE_EMAIL = "sms_else_email"

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels in use, the one that goes first before its fallback."""
        return _CHANNELS[self]

    @property
    def fallback(self) -> Channel | None:
        """The channel that waits for the other one to fail, if any."""
        return self.channels[1] if self in (ChannelPlan.EMAIL_ELSE_SMS, ChannelPlan.SMS_ELSE_EMAIL) else None

    def covers(self, other: "ChannelPlan") -> bool:
        """Whether everything that goes by the other goes by channels of this one: then there are words for it."""
        return set(other.channels) <= set(self.channels)


_CHANNELS = {
    ChannelPlan.EMAIL: (Channel.EMAIL,),
    ChannelPlan.SMS: (Channel.SMS,),
    ChannelPlan.BOTH: (Channel.EMAIL, Channel.SMS),
    ChannelPlan.EMAIL_ELSE_SMS: (Channel.EMAIL, Channel.SMS),
    ChannelPlan.SMS_ELSE_EMAIL: (Channel.SMS, Channel.EMAIL),
}


class CommunicationType(StrEnum):
    """Marketing obeys every opt-out; non-marketing ignores only those of scope marketing."""

    MARKETING = "marketing"
    NON_MARKETING = "non_marketing"

"""The tables, one file per aggregate: columns, constraints, no verbs."""

from app.models.answer import Answer, AnswerSource
from app.models.api_key import ApiKey, ApiRequest
from app.models.audience import AudienceChunk, AudienceSharer, KeptPerson, SendoutList, SendoutPerson
from app.models.callback_receipt import CallbackReceipt, ReceiptKind, ServerTrouble
from app.models.cleaning_mark import CleaningMark
from app.models.follow_up import FollowUp, FollowUpEntry, FollowUpStatus, MessageAction
from app.models.heartbeat import Heartbeat
from app.models.inbound_text import InboundText
from app.models.message import Batch, BatchState, Message, MessageEvent, SendoutCount, SendoutCountDelta
from app.models.message_template import MessageTemplate
from app.models.organisation import Organisation, Sender
from app.models.participant import CustomField, CustomFieldKind, ListMembership, Participant, ParticipantList, TextConsent
from app.models.participant_import import ImportChange, ImportOutcome, ImportState, ParticipantImport
from app.models.price import PriceList
from app.models.reply import AnswerMail, ConversationHold, ReplyTask, SavedAnswer
from app.models.saved_filter import SavedFilter, SendoutFilter
from app.models.send_path import SendPathTurn
from app.models.sendout import Sendout, SendoutAttachment, TrackedLink
from app.models.setup_test import SetupTest
from app.models.text_inquiry import TextInquiry
from app.models.text_price import PriceDay, TextPrice
from app.models.unsubscribe import SoftBounce, UnsubscribeEntry
from app.models.user import AuditEntry, Membership, User

__all__ = [
    "Answer",
    "AnswerMail",
    "AnswerSource",
    "ApiKey",
    "ApiRequest",
    "AudienceChunk",
    "AudienceSharer",
    "AuditEntry",
    "Batch",
    "BatchState",
    "CallbackReceipt",
    "CleaningMark",
    "ConversationHold",
    "CustomField",
    "CustomFieldKind",
    "FollowUp",
    "FollowUpEntry",
    "FollowUpStatus",
    "Heartbeat",
    "ImportChange",
    "ImportOutcome",
    "ImportState",
    "InboundText",
    "KeptPerson",
    "ListMembership",
    "Membership",
    "Message",
    "MessageAction",
    "MessageEvent",
    "MessageTemplate",
    "Organisation",
    "Participant",
    "ParticipantImport",
    "ParticipantList",
    "PriceDay",
    "PriceList",
    "ReceiptKind",
    "ReplyTask",
    "SavedAnswer",
    "SavedFilter",
    "SendPathTurn",
    "Sender",
    "Sendout",
    "SendoutAttachment",
    "SendoutCount",
    "SendoutCountDelta",
    "SendoutFilter",
    "SendoutList",
    "SendoutPerson",
    "ServerTrouble",
    "SetupTest",
    "SoftBounce",
    "TextConsent",
    "TextInquiry",
    "TextPrice",
    "TrackedLink",
    "UnsubscribeEntry",
    "User",
]

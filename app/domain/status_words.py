"""What organisers read for each shown status: its word, and the sentence behind it (ui.md, Words)."""

from app.domain.shown import ShownStatus

WORDS = {
    ShownStatus.RESPONDED: "Responded",
    ShownStatus.ACKNOWLEDGED: "Acknowledged",
    ShownStatus.WROTE_BACK: "Wrote back",
    ShownStatus.CLICKED: "Clicked",
    ShownStatus.OPENED: "Opened",
    ShownStatus.DELIVERED: "Delivered",
    ShownStatus.SENT: "Sent",
    ShownStatus.DELAYED: "Delayed",
    ShownStatus.SENDING: "Sending",
    ShownStatus.PENDING: "Pending",
    ShownStatus.IN_DOUBT: "In doubt",
    ShownStatus.STOPPED: "STOP",
    ShownStatus.UNSUBSCRIBED: "Unsubscribed",
    ShownStatus.SOFT_BOUNCED: "Bounced temporarily",
    ShownStatus.NOT_SENT: "Not sent",
    ShownStatus.FAILED: "Failed",
    ShownStatus.BAD_EMAIL: "Bad email",
    ShownStatus.BAD_NUMBER: "Bad number",
    ShownStatus.BOUNCED: "Bounced",
    ShownStatus.COMPLAINT: "Complaint",
    ShownStatus.SKIPPED: "Skipped",
    ShownStatus.CANCELLED: "Cancelled",
}

MEANING = {
    ShownStatus.RESPONDED: "Responded: they answered your question; the answer stands beside their name.",
    ShownStatus.ACKNOWLEDGED: ("Acknowledged: they pressed the button that says they have read it; nothing more is needed."),
    ShownStatus.WROTE_BACK: "Wrote back: they answered it with a text or an e-mail of their own; look under Replies.",
    ShownStatus.CLICKED: (
        "Clicked: a person followed a link in it, so it arrived and was seen; whether they did what the page asks, it cannot tell."
    ),
    ShownStatus.OPENED: (
        "Opened: a person displayed it, which does not prove that they read it to the end; ask them to acknowledge what matters."
    ),
    ShownStatus.DELIVERED: (
        "Delivered: their mail server or phone company took it, which may still mean the spam folder; resend if no sign of reading comes."
    ),
    ShownStatus.SENT: (
        "Sent: the delivery service took it, and some servers never confirm more, so it may well have arrived; look again later."
    ),
    ShownStatus.DELAYED: (
        "Delayed: the other side is not taking it yet and it is still being tried; wait, or reach them another way if it is urgent."
    ),
    ShownStatus.SENDING: "Sending: it is being handed over at this moment; it shows more within seconds.",
    ShownStatus.PENDING: "Pending: its turn has not come yet; nothing has left.",
    ShownStatus.IN_DOUBT: (
        "In doubt: the connection broke while it was handed over, "
        "so it may or may not have gone; send again (may arrive twice), or leave it."
    ),
    ShownStatus.STOPPED: ("STOP: they texted STOP, and only they can undo it by texting START; e-mail still reaches them."),
    ShownStatus.UNSUBSCRIBED: ("Unsubscribed: they asked for no more of these messages; they get no more news and offers from you."),
    ShownStatus.SOFT_BOUNCED: (
        "Bounced temporarily: the mailbox was full or its server down until we had to give up; "
        "the address may be good, so try again in some days."
    ),
    ShownStatus.NOT_SENT: ("Not sent: it was refused before it left, and nobody received it; the reason beside it says what to change."),
    ShownStatus.FAILED: (
        "Failed: the phone company could not deliver it and will not try again; the number may still be good, so try later or call."
    ),
    ShownStatus.BAD_EMAIL: "Bad email: no such address can exist; correct it, often a letter is missing or swapped.",
    ShownStatus.BAD_NUMBER: ("Bad number: no phone that takes texts answers to it; correct it, or write to them by e-mail."),
    ShownStatus.BOUNCED: "Bounced: the address does not exist or takes no mail for good; correct it or leave it off.",
    ShownStatus.COMPLAINT: ("Complaint: they marked it as spam, so it did arrive; they get nothing more, and you may want to ask why."),
    ShownStatus.SKIPPED: "Skipped: nothing was sent, and nothing is charged; the reason beside it says why.",
    ShownStatus.CANCELLED: "Cancelled: the send-out was stopped before this one left; nobody received it.",
}

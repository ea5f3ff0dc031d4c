"""Amazon SES, SNS and Twilio over HTTP, played by one small program: `python -m simulator --help`.

It answers with the same URLs, payloads, limits and error codes as the real ones, so that the production adapters run unchanged
against it. It knows nothing of the application and the application knows nothing of it: only HTTP passes between them.
"""

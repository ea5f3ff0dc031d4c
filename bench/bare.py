"""The limit: the SDK in a loop with the same rendered requests, and no ledger.

`python -m bench.bare KIND --file REQUESTS --count N` says "ready", waits for a line, prints its beginning, its end and its CPU seconds.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import boto3

from app.providers.ses import ses_client
from app.providers.twilio import twilio_client
from app.providers.twilio_http import PooledHttpClient
from app.web.installation import CALLS_AT_ONCE

REGION = "eu-west-1"
Request = dict[str, Any]


def main() -> None:
    """Read the command line, warm up with one request, wait, loop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["bulk", "bulk-tuned", "single", "single-tuned", "text"])
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    requests: list[Request] = json.loads(arguments.file.read_text())
    send, size = _text() if arguments.kind == "text" else _mail(arguments.kind, requests)
    send(requests[:1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    started, used = time.monotonic(), time.process_time()
    send(list(islice(cycle(requests), arguments.count // size)))
    sys.stdout.write(f"{started} {time.monotonic()} {time.process_time() - used}\n")


def _mail(kind: str, requests: list[Request]) -> tuple[Callable[[list[Request]], None], int]:
    """The SDK's client as it comes, or with the options that ours has (no check of parameters, no retries)."""
    endpoint = os.environ["AWS_ENDPOINT_URL_SESV2"]
    client = ses_client(REGION, endpoint) if kind.endswith("-tuned") else boto3.client("sesv2", region_name=REGION, endpoint_url=endpoint)
    call = client.send_bulk_email if kind.startswith("bulk") else client.send_email

    def send(wanted: list[Request]) -> None:
        for request in wanted:
            call(**request)

    return send, len(requests[0].get("BulkEmailEntries", [None]))


def _text() -> tuple[Callable[[list[Request]], None], int]:
    http_client = PooledHttpClient(os.environ["TWILIO_API_URL"], pool_size=CALLS_AT_ONCE)
    client = twilio_client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"], http_client)

    def send(wanted: list[Request]) -> None:
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            list(pool.map(lambda request: client.messages.create(**request), wanted))

    return send, 1


if __name__ == "__main__":
    main()

"""The commands for the terminal: servers, run, demo."""

from pathlib import Path

from stack.children import Child, Command
from stack.group import StopRequested
from stack.keeper import KeeperOptions, keep_servers
from stack.local import PROJECT, LocalOptions, LocalStack, local_stack, wipe
from stack.ports import free_port
from stack.terminal import say

_INTERRUPTED = 130  # what a shell reports for a command ended by Ctrl-C


def servers(options: KeeperOptions) -> int:
    """Run PostgreSQL and Redis until asked to stop."""
    keep_servers(options)
    return 0


def run(options: LocalOptions) -> int:
    """Run everything until asked to stop."""
    try:
        with local_stack(options) as stack:
            _greet(stack)
            while True:
                stack.tend()
    except StopRequested:
        say("stopped")
    return 0


def demo(folder: Path) -> int:
    """Run everything in a fresh folder on free ports, then the main job without a hand; its exit code is ours."""
    wipe(folder)
    options = LocalOptions(folder, free_port(), free_port(), is_shown=False)
    try:
        with local_stack(options) as stack:
            return _play(stack)
    except StopRequested:
        say("stopped")
        return _INTERRUPTED


def _greet(stack: LocalStack) -> None:
    lines = [f"Sendout     {stack.addresses.public_url}", f"Mailboxes   {stack.addresses.simulator_url}", *stack.sign_in]
    say("\n" + "\n".join(f"  {line}" for line in lines) + "\n\n  Ctrl-C stops everything.\n")


def _play(stack: LocalStack) -> int:
    argv = ["/bin/sh", "-c", 'exec flask --app wsgi demo --simulator-url "$0"', stack.addresses.simulator_url]
    player = Child(Command("demo", argv, PROJECT, stack.environment))
    player.start()
    try:
        while (code := player.exit_code) is None:
            stack.tend()
    finally:
        player.stop()
    return code

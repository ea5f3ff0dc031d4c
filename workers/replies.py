"""What is done about received texts after they were kept: the job behind app.inbound.tasks, one at a time."""

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import OperationalError

from app.domain.replies import TaskState
from app.extensions import db
from app.inbound.tasks.carrying import carry_out
from app.inbound.tasks.running import End, finish, recover, take_task
from app.models import ReplyTask
from workers.runtime import draining, job, only_one

log = structlog.get_logger(__name__)


@job
def run_reply_tasks() -> int:
    """Do what is due, one after the other. Returns how many tasks came to an end; 0 when another process is at it."""
    with only_one("reply-tasks") as mine:
        if not mine:
            return 0
        recover()
        db.session.commit()
        count = 0
        while not draining.asked and (done := _run_next()):
            count += done
        return count


def _run_next() -> int:
    tasks = take_task()
    db.session.commit()  # from here on it is in our hands: a death now leaves it in doubt, and never done twice
    if not tasks:
        return 0
    ids = [task.id for task in tasks]
    end = _carried_out(tasks)
    finish(ids, end)
    db.session.commit()
    log.info("reply task ended", state=end.state, tasks=len(ids))
    return len(ids)


def _carried_out(tasks: Sequence[ReplyTask]) -> End:
    """What became of it. One that breaks stands in nobody's way, and is not tried again: it may have gone out."""
    try:
        return carry_out(tasks)
    except OperationalError:
        raise  # the database itself: found again when it is back
    except Exception as problem:
        log.exception("a reply task broke")
        db.session.rollback()
        return End(TaskState.IN_DOUBT, f"It broke ({type(problem).__name__}); it may have gone out.")

"""What a WSGI server loads: `granian --interface wsgi wsgi:app`."""

import os
import sys

import config
from app import create_app
from app.lib.orphans import end_with_parent
from app.web.beating import keep_beating

end_with_parent()  # Granian's workers outlive a Granian that is killed, and would keep its port
settings = config.load()
app = create_app(settings)
if "FLASK_RUN_FROM_CLI" not in os.environ or "run" in sys.argv:  # `flask ...` loads this as well; of its commands only `run` answers
    keep_beating(app, settings)

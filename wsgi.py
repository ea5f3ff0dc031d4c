"""What a WSGI server loads: `granian --interface wsgi wsgi:app`."""

import config
from app import create_app
from app.lib.orphans import end_with_parent

end_with_parent()  # Granian's workers outlive a Granian that is killed, and would keep its port
app = create_app(config.load())

"""Entry points of the queue: a job calls the app's verbs and commits; `app` names jobs and never imports this."""

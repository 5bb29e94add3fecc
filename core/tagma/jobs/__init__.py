"""Long work: import, export, sync. The ``job`` table is the truth, the engine is only told ``run(job_id)``.

A handler is registered by kind and gets a :class:`JobContext`. It must be safe to begin again at its checkpoint: the worker
may die at any moment, and another one takes the job up.

::

    @kind("import")
    def run_import(job: JobContext) -> dict: ...

    job_id = site.jobs.start("import", actor, project_id, {"files": [1, 2]})

A job belongs to the worker named in its row. Whatever a worker writes about a job names itself in the condition, so a
worker that was given up for dead and comes back can't disturb the one that took over.
"""

from tagma.jobs.clock import every
from tagma.jobs.context import Cancelled, Interrupted, JobContext, kind
from tagma.jobs.work import Jobs

__all__ = ["Cancelled", "Interrupted", "JobContext", "Jobs", "every", "kind"]

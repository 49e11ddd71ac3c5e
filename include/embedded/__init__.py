"""The embedded stack: object store, table catalogue and Airflow on this machine, without containers or root rights.

``python -m embedded up|demo|stop|status|clean`` is what the Makefile calls; tests use :class:`embedded.stack.Stack`.
"""

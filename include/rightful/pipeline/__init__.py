"""The order of work on a slice, fixed in one place: plan → acquire[shard] → audit → publish.

For sound ``acquire`` falls into two steps: fetch[shard] → transcribe[shard].
"""

from rightful.pipeline.acquire import acquire
from rightful.pipeline.audit import AuditReport, audit
from rightful.pipeline.fetch import fetch
from rightful.pipeline.plan import plan
from rightful.pipeline.publish import PublishResult, publish
from rightful.pipeline.transcribe import transcribe

__all__ = ["AuditReport", "PublishResult", "acquire", "audit", "fetch", "plan", "publish", "transcribe"]

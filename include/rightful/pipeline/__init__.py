"""The order of work on a slice, fixed in one place: plan → acquire[shard] → audit → publish."""

from rightful.pipeline.acquire import acquire
from rightful.pipeline.audit import AuditReport, audit
from rightful.pipeline.plan import plan
from rightful.pipeline.publish import PublishResult, publish

__all__ = ["AuditReport", "PublishResult", "acquire", "audit", "plan", "publish"]

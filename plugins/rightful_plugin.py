"""What Airflow itself has to know of Rightful: how its tasks rank when they wait for a host's pool."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from rightful_airflow.priority import NightlyFirst


class RightfulPlugin(AirflowPlugin):
    """Registered by its presence in the plugins folder."""

    name = "rightful"
    priority_weight_strategies = [NightlyFirst]  # noqa: RUF012 - Airflow declares it without ClassVar

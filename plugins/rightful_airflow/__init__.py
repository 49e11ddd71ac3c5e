"""Everything that knows Airflow: builder of DAGs, tasks, retry policy, pools, assets, connections.

Imported while DAGs are parsed: nothing here may import the network, storage or table libraries outside of a task.
"""

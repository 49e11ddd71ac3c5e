"""Raw objects on S3 and Iceberg tables. Object keys, table names and schemas live here only."""

"""A small publisher that behaves as real sites do, for the demo, the tests and the benchmark. All content is made up."""

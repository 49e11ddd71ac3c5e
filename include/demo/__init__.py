"""A small publisher that behaves as real sites do: for the demo, tests and benchmark. All content is made up."""

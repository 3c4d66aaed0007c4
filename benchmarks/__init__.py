"""Benchmarks: cases as data, and the programs that make and run them."""

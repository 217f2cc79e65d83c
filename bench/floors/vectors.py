"""Exact search by numpy on one thread: one product of the matrix with the query, then the best ten in order.

Reads float32 vectors and queries from files. For each line on standard input it answers all queries and prints
what each took and found."""

import json
import sys
import time

import numpy

DIMENSIONS = 1536
TOP = 10


def best(vectors, query):
    scores = vectors @ query
    found = numpy.argpartition(scores, -TOP)[-TOP:]
    return found[numpy.argsort(-scores[found])]


def timed(vectors, query):
    begun = time.perf_counter()
    found = best(vectors, query)
    return (time.perf_counter() - begun) * 1000, found.tolist()


vectors, queries = (numpy.fromfile(name, dtype="<f4").reshape(-1, DIMENSIONS) for name in sys.argv[1:])
for _ in sys.stdin:
    answers = [timed(vectors, query) for query in queries]
    print(json.dumps({"ms": [ms for ms, _ in answers], "found": [found for _, found in answers]}), flush=True)

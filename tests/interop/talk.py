"""What the two sides tell each other: verbosity, statistics, character sets, sums and blocks, batches.

As in `choosing`: a row is a set of options, a tree and a direction; stock and ours have to leave the same tree and print the same.
"""

"""Rows in which ours and stock's daemon are known to differ, with the reason: skipped for ours, with the reason printed.

`INTEROP_KNOWN=run` runs them all the same. A pattern stands for rows (fnmatch). What a reason calls a choice stays; the rest is work left.
"""
from fnmatch import fnmatchcase

LEAVES = "a choice: a link that leads out of the module gets one answer, whether its target exists or not"
ESCAPED = "a choice: the log escapes DEL and whatever is no UTF-8"
OLD_CLIENT = "the form of the log line when a client itself refuses an old protocol and leaves"
KNOWN = {
    "optable_choosing/pull-copy-links-p*": LEAVES,
    "optable_choosing/pull-copy-unsafe-p*": LEAVES,
    "optable_choosing/pull-copy-unsafe-safe-p*": LEAVES,
    "optable_choosing/pull-module-munge-and-copy-p*": LEAVES,
    "pairs/pull-018-p*": LEAVES,
    "pairs/pull-023-p*": LEAVES,
    "pairs/pull-025-p*": LEAVES,
    "pairs/pull-063-p*": LEAVES,
    "pairs/pull-092-p*": LEAVES,
    "pairs/pull-156-p*": LEAVES,
    "optable_choosing/pull-copy-*round-p*": "how often a ring of links is walked before its path is too long",
    "optable_choosing/pull-from-no-relative-p*": "the path in the log line of a file named in a list, with --no-R",
    "optable_choosing/pull-from-server-outside-p*": "the path that the message about a list outside the module shows",
    "optable_talk/*-eight-bit*": ESCAPED,
    "optable_talk/*-seven-bit*": ESCAPED,
    "optable_talk/pull-iconv*": ESCAPED,
    "optable_talk/push-iconv*": "a choice: a name that does not fit the character set is left out; " + ESCAPED,
    "optable_talk/push-vv-p2?": "the remark 'deleting in' of old protocols",
    "optable_talk/pull-vv-p*": "the sender's totals of its search at -vv",
    "optable_blocks/*-env-unknown-p*": "one more line in the log, which names the reason",
    "optable_attributes/*-xattrs-*-dest*": "stock's dry run fails on directories that it has not made",
    "optable_attributes/pull-fake-super-read-module-p*": "a kept attribute that is broken does not end the session",
    "optable_attributes/pull-fake-super-not-root-p*": "a kept attribute that cannot be read is passed over",
    "pairs/push-000-p*": "extended attributes of a backup in a directory for backups",
    "pairs/push-007-p*": "--append with files that an alternate directory has",
    "pairs/push-008-p*": "the sender's totals at -vv",
    "pairs/push-009-p*": "a name that is told once more",
    "pairs/push-013-p*": "one more line at the end of a refused session",
    "pairs/pull-015-p*": OLD_CLIENT,
    "pairs/pull-019-p*": OLD_CLIENT,
    "pairs/pull-021-p*": OLD_CLIENT,
    "pairs/pull-041-p*": OLD_CLIENT,
    "pairs/push-018-p*": "exit code when a backup cannot be made",
    "pairs/pull-026-p*": "remarks at -vv about links that are copied",
    "pairs/push-027-p*": "the word for a failed update with -y and a directory for parts",
    "pairs/push-044-p*": "the word for a failed update with -y and a directory for parts",
    "pairs/push-029-p*": "one file more with -y and --append",
    "pairs/push-032-p*": "an access time that differs by less than the modify window",
    "pairs/push-034-p*": "a name at -vv below protocol 29",
    "pairs/push-035-p*": "the text of deletions below protocol 29",
    "pairs/push-077-p*": "the text of deletions below protocol 29",
    "pairs/push-057-p*": "stock refuses links of other users inside a module",
    "pairs/push-058-p*": "the change letter of a fifo",
    "pairs/push-091-p*": "the change letter of a fifo",
    "pairs/push-070-p*": "the access time of a backup that is a link",
    "pairs/push-084-p*": "a file that its sender keeps, with --append and --remove-source-files",
    "pairs/push-086-p*": "exit code when a backup cannot be made",
    "pairs/push-092-p*": "a dry run with --delete-before and a directory in the way",
    "pairs/push-146-p*": "a combination with an old protocol that ends in a protocol error",
    "pairs/push-148-p*": "a dry run with -L below protocol 29",
}


def difference(name):
    """Why a row is known to differ, or None."""
    # The same row over a remote shell, without a module.
    names = [name, name.removeprefix("shell/").replace("-", "/", 1)] if name.startswith("shell/") else [name]
    return next((reason for pattern, reason in KNOWN.items() if any(fnmatchcase(n, pattern) for n in names)), None)

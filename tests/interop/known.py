"""Rows in which ours and stock's daemon are known to differ, with the reason: skipped for ours, with the reason printed.

`INTEROP_KNOWN=run` runs them all the same. A pattern stands for rows (fnmatch). What a reason calls a choice, or a fault of stock's,
stays; the rest is work left.
"""
from fnmatch import fnmatchcase

ESCAPED = "a choice: the log escapes DEL and whatever is no UTF-8"
UNFIT = "a choice: a name that does not fit the character set is left out; the log escapes DEL and whatever is no UTF-8"
FUZZY_APPEND = "a fault of stock: with -y and --append it does not send a missing file that resembles another"
ABOVE = "a fault of stock 3.5.0 without a module: a directory written with ../ is opened with flags that the system refuses"
REMARKS = "over a remote shell no module caps the verbosity: some remarks of -vv about what is up to date, or backed up, are not made"
KNOWN = {
    "shell/optable_basis-push-inplace-backup-dir-p*": ABOVE,
    "shell/optable_basis-push-temp-dir-beside-p*": ABOVE,
    "shell/pairs-pull-045-p*": "with -R ours sends one whole list, and the remarks at -vv stand in the client's line about it",
    "shell/pairs-push-046-p*": REMARKS,
    "shell/pairs-push-050-p*": REMARKS,
    "shell/pairs-push-151-p*": REMARKS,
    "shell/optable_attributes-pull-fake-super-read*": "a kept attribute that is broken ends the session later than stock's",
    "shell/optable_attributes-pull-fake-super-xattrs-p*": "attributes of root beside kept ones",
    "shell/optable_blocks-*-env-unknown-p*": "RSYNC_CHECKSUM_LIST of the server's own environment is not read",
    "shell/pairs-pull-015-p*": "whether a server hears that its client has left is chance",
    "shell/pairs-pull-019-p*": "whether a server hears that its client has left is chance",
    "shell/pairs-pull-021-p*": "whether a server hears that its client has left is chance",
    "shell/pairs-pull-041-p*": "whether a server hears that its client has left is chance",
    "optable_choosing/pull-copy-*round-p*": "how often a ring of links is walked before its path is too long",
    "optable_choosing/pull-from-no-relative-p*": "a choice: the log names a file from the module's root, with --no-R too",
    "optable_talk/*-bit-p*": ESCAPED,
    "optable_talk/*-bit-verbose-p*": ESCAPED,
    "optable_talk/push-*-bit-delete-p*": ESCAPED,
    "optable_talk/pull-iconv-[alops]*": ESCAPED,
    "optable_talk/pull-iconv-files-from-p*": ESCAPED,
    "optable_talk/push-iconv-[alopsv]*": UNFIT,
    "optable_talk/push-iconv-delete-p*": UNFIT,
    "optable_attributes/push-xattrs-*-dest*": "a fault of stock: its dry run fails on directories that it has not made",
    "pairs/push-007-p*": FUZZY_APPEND,
    "pairs/push-009-p*": FUZZY_APPEND,
    "pairs/push-008-p*": "a fault of stock: --append leaves out the beginning of a file that only an alternate directory has",
    "pairs/push-013-p*": "whether a client of protocol 29 still writes when a session is refused",
    "pairs/push-018-p*": "a fault of stock: with --append and -b a directory in a file's place ends the session",
    "pairs/push-086-p*": "a fault of stock: with --append and -b a directory in a file's place ends the session",
    "pairs/pull-018-p*": "an attribute of a file that was removed under its other name meanwhile is empty, and no error",
    "pairs/push-027-p*": "the word for a failed update when the directory for parts lies behind a link",
    "pairs/push-029-p*": "a choice: without -p a new file gets its mode as the manual says, not from what it was built on",
    "pairs/push-035-p*": "a fault of stock: below protocol 29 it prints its format, not the names of what is deleted",
    "pairs/push-077-p*": "a fault of stock: below protocol 29 it prints its format, not the names of what is deleted",
    "pairs/push-092-p*": "a dry run with --delete-before and a directory in the way",
    "pairs/push-057-p*": "a choice: links inside a module are followed, whoever owns them",
}


def difference(name):
    """Why a row is known to differ, or None."""
    # The same row over a remote shell, without a module.
    names = [name, name.removeprefix("shell/").replace("-", "/", 1)] if name.startswith("shell/") else [name]
    return next((reason for pattern, reason in KNOWN.items() if any(fnmatchcase(n, pattern) for n in names)), None)

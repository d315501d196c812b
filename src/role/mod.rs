//! What a server does: list, sender, generator, receiver, delete, finish.

//! Who may come in: hosts, users, secrets, challenge. Pure; imports `config`, `filter` (wildmatch), `hash`, `limits`.

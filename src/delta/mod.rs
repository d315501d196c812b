//! Block sizes, matching, token streams. Pure; imports `wire`, `hash`, `limits`.

//! The file list: codec, order, segments, ids, hard links. Pure; imports `wire`, `limits`.

//! Bytes ⇄ values, one record a file. Pure; imports `limits` only.

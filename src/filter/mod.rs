//! Filter rules: parsing, matching, per-directory files, path cleaning. Pure; imports `limits`, `escape`.

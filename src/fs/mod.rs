//! Directory handles: every path below a module is opened relative to one. `std::fs` is named here only.

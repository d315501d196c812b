//! The two halves of a connection: framed output, de-framed input, deadlines.

//! One connection, stage by stage.

//! A whole Daypass in process.

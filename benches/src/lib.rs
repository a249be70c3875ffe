//! The three requests that everything is measured on.

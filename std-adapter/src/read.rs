//! Reading what others wrote: URLs, small files, JSON documents, points in time and white space.

pub(crate) mod base_url;
pub(crate) mod byte_order_mark;
pub(crate) mod file_or_pipe;
pub(crate) mod json;
pub(crate) mod login;
pub(crate) mod origin;
pub(crate) mod point_in_time;
pub(crate) mod secret_file;
pub(crate) mod white_space;

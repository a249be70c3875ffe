//! The operations of S3, one file for each group of them.

pub mod copy_object;
pub mod delete_objects;
pub mod get_object;
pub mod head_object;
pub mod list_buckets;
pub mod list_objects;
pub mod list_uploads;
pub mod multipart_upload;
pub mod page;
pub(crate) mod page_loop;
pub mod presign;
pub mod put_object;
mod xml;

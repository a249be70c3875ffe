//! The configuration of a program: the environment, AWS's two files, and the settings made of them.

pub(crate) mod endpoint;
pub(crate) mod environment;
pub(crate) mod partition;
pub(crate) mod profile_error;
pub(crate) mod profile_files;
pub(crate) mod region;
pub(crate) mod setting;
mod unfollowed;

pub use endpoint::{Endpoint, EndpointError, EndpointService, EndpointVariant};
pub use environment::{Environment, EnvironmentError};
pub use partition::Partition;
pub use profile_error::{InvalidProfileError, ProfileError};
pub use profile_files::{
    Profile, ProfileChoice, ProfileFiles, ProfileFilesError, ProfileNotFoundError,
    ProfileSyntaxError, Section,
};
pub use region::{InvalidRegionError, Region, RegionError};
pub use unfollowed::unfollowed_settings;

pub use crate::read::base_url::{BaseUrl, BaseUrlError};
pub use crate::read::byte_order_mark::without_byte_order_mark;
pub use crate::read::file_or_pipe::read_file_or_pipe;
pub use crate::read::login::{mask_login, mask_logins};
pub use crate::read::origin::{Origin, OriginError};

//! Settings of encryption that encrypt nothing.

use crate::configuration::Configuration;
use crate::s3a::emrfs::{self, Target};

/// Warns about settings of encryption that have no effect.
pub(super) fn warn_of_no_encryption(configuration: &Configuration, target: Target<'_>) {
    for (name, at) in emrfs::without_switch(configuration, target) {
        tell!(
            "rolefs: {at}: {name} is ignored: it counts only with \
             fs.s3.enableServerSideEncryption=true"
        );
    }
    let key = configuration.property("fs.s3a.encryption.key");
    if let (Some(key), Ok(None)) = (key, configuration.get("fs.s3a.encryption.algorithm"))
        && key.written.starts_with("fs.s3a.")
    {
        let (at, name) = (&key.origin, &key.written);
        tell!("rolefs: {at}: {name} is ignored: it counts only with fs.s3a.encryption.algorithm");
    }
}

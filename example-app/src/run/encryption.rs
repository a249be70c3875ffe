//! Settings of encryption that encrypt nothing.

use crate::configuration::Configuration;
use crate::s3a::emrfs::{self, Target};

/// Who says how objects are encrypted counts on it that they are.
pub(super) fn tell_not_encrypted(configuration: &Configuration, target: Target<'_>) {
    for (name, at) in emrfs::without_switch(configuration, target) {
        tell!(
            "rolefs: {at}: {name} is ignored: it counts only with fs.s3.enableServerSideEncryption=true"
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

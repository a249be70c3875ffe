//! `defmt::Format` of the types that `Debug` or `Display` show without their secrets: it shows the
//! same. Errors and states derive it, which costs less flash.

use defmt::{Debug2Format, Display2Format, Format, Formatter, write};

use crate::credentials::Credentials;
use crate::credentials::refresh::Refresh;
use crate::credentials::stored::StoredCredentials;
use crate::emit::hex_digest::HexDigest;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::signing_key::SigningKey;
use crate::sigv4::string_to_sign::StringToSign;
use crate::time::timestamp::{AmzDate, DateStamp, Timestamp};
use crate::verify::chunks::{ChunkHeadReceived, ChunkVerifier};
use crate::verify::claimed::Claimed;
use crate::verify::decoder::ChunkDecoder;
use crate::verify::mechanism::HeaderName;
use crate::verify::received::ReceivedRequest;
use crate::verify::verified::Verified;
use crate::verify::verifier::Verifier;

macro_rules! format {
    ($by:ident: $([$($generics:tt)*] $type:ty,)*) => {$(
        impl<$($generics)*> Format for $type {
            fn format(&self, f: Formatter<'_>) {
                write!(f, "{}", $by(self));
            }
        }
    )*};
}

format! { Display2Format:
    [] AmzDate,
    [] CredentialScope<'_>,
    [] DateStamp,
    [] HexDigest,
    [] Timestamp,
}

format! { Debug2Format:
    [] Credentials<'_>,
    [] ReceivedRequest<'_>,
    [] Refresh,
    [] StringToSign<'_>,
    [const N: usize] StoredCredentials<N>,
    [S: Scheme] ChunkDecoder<'_, S>,
    [S: Scheme] ChunkHeadReceived<S>,
    [S: Scheme] ChunkVerifier<'_, S>,
    [S: Scheme] Claimed<'_, S>,
    [S: Scheme] SigningKey<S>,
    [S: Scheme] Verified<'_, S>,
    [S: Scheme, const SLOTS: usize] Verifier<'_, S, SLOTS>,
}

impl Format for HeaderName {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.as_str());
    }
}

#[cfg(feature = "conversations")]
mod conversations {
    use defmt::{Debug2Format, Display2Format, Format, Formatter, write};

    use crate::conversation::{
        Container, ContainerUri, Imds, ImdsRegion, IotCredentials, Request, RequestTarget,
        RoleCredentials, Sts,
    };

    format! { Display2Format:
        [] RequestTarget<'_>,
    }

    format! { Debug2Format:
        [] Container<'_>,
        [] ContainerUri<'_>,
        [] IotCredentials<'_>,
        [] Request<'_>,
        [] RoleCredentials<'_>,
        [C] Sts<'_, C>,
        [const TOKEN: usize] ImdsRegion<'_, TOKEN>,
        [const TOKEN: usize, const ROLE: usize] Imds<TOKEN, ROLE>,
    }
}

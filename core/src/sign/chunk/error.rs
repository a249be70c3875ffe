use core::fmt;

/// The reason why a chunk cannot be signed.
///
/// ```
/// use rolesig::ChunkError;
///
/// let error = ChunkError::ChunkLength { needed: 8192 };
/// assert_eq!(error.to_string(), "the next chunk must have 8192 bytes, as announced");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ChunkError {
    /// A chunk's length is not the announced one.
    ChunkLength {
        /// The length that the next chunk must have, in bytes; 0 at the body's end.
        needed: usize,
    },
    /// The end came before the length that was announced.
    BodyTooShort {
        /// The missing bytes.
        left: u64,
    },
    /// A trailer that was not announced.
    UnexpectedTrailer,
    /// The trailer's value is missing, does not have the announced length, or has white space or
    /// control characters in it.
    InvalidTrailer {
        /// The length announced, in bytes.
        needed: usize,
    },
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChunkLength { needed: 0 } => {
                f.write_str("the body is longer than announced: finish it here")
            }
            Self::ChunkLength { needed } => {
                write!(f, "the next chunk must have {needed} bytes, as announced")
            }
            Self::BodyTooShort { left } => {
                write!(f, "the body is {left} bytes shorter than announced: abort the upload")
            }
            Self::UnexpectedTrailer => {
                f.write_str("no trailer was announced: choose a form that has one")
            }
            Self::InvalidTrailer { needed } => {
                write!(f, "the trailer's value must be {needed} visible bytes, as announced")
            }
        }
    }
}

impl core::error::Error for ChunkError {}

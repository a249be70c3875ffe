//! `ChunkDecoder` takes the chunks of `ChunkSigner` in any pieces, and nothing else.

use proptest::sample::Index;
use rolesig::{ChunkDecoder, ChunkEvent, VerifyError};

use super::verified::{CHECKSUM, Wire, verified, wire_of};
use super::*;

const FORMS: [ChunkForm<'static>; 3] = [
    ChunkForm::Signed,
    ChunkForm::SignedWithTrailer(CRC32C),
    ChunkForm::UnsignedWithTrailer(CRC32C),
];

/// The decoded parts: the body, as far as it was verified, and the trailers.
type Decoded = (Vec<u8>, Vec<(String, Vec<u8>)>);

fn decoder(wire: &Wire) -> ChunkDecoder<'_> {
    verified(&wire.headers).into_decoder().unwrap()
}

/// Decodes a body in pieces of a length, and releases each chunk when it is verified.
fn decode(
    mut decoder: ChunkDecoder<'_>,
    wire: &[u8],
    piece_len: usize,
) -> Result<Decoded, VerifyError> {
    let (mut chunk, mut body, mut trailers, mut ends) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut announced = 0;
    for mut piece in wire.chunks(piece_len) {
        while let Some(event) = decoder.decode(&mut piece)? {
            match event {
                ChunkEvent::Head { len } => announced = len,
                ChunkEvent::Data(data) => chunk.extend_from_slice(data),
                ChunkEvent::ChunkEnd => {
                    assert_eq!(u64::try_from(chunk.len()), Ok(announced));
                    body.append(&mut chunk);
                }
                ChunkEvent::Trailer { name, value } => {
                    trailers.push((name.to_string(), value.to_vec()));
                }
                ChunkEvent::End => ends += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(piece.is_empty(), "all of it is taken");
    }
    decoder.finish()?;
    assert_eq!((ends, chunk.len()), (1, 0));
    Ok((body, trailers))
}

fn expected(body: &[u8], form: ChunkForm<'_>) -> Decoded {
    let trailer = ("x-amz-checksum-crc32c".to_owned(), CHECKSUM.into());
    let has_trailer = !matches!(form, ChunkForm::Signed);
    (body.to_vec(), if has_trailer { vec![trailer] } else { Vec::new() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn decodes_what_was_signed_in_any_pieces(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        chunk_len in 1..500_usize,
        piece_len in 1..600_usize,
        form in 0..3_usize,
    ) {
        let form = FORMS[form];
        let wire = wire_of(&body, chunk_len, form);
        for piece_len in [piece_len, 1, usize::MAX] {
            let decoded = decode(decoder(&wire), &wire.body, piece_len);
            prop_assert_eq!(decoded, Ok(expected(&body, form)));
        }
    }

    /// With signed chunks. Those that are not signed are protected by their checksum only.
    #[test]
    fn decodes_nothing_that_was_changed(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        chunk_len in 1..200_usize,
        form in 0..2_usize,
        (from, to, at) in any::<(Index, Index, Index)>(),
        piece_len in 1..100_usize,
    ) {
        let form = FORMS[form];
        let wire = wire_of(&body, chunk_len, form);
        let whole = &wire.body;
        let (from, to, at) = (from.index(whole.len()), to.index(whole.len()), at.index(whole.len()));
        let (from, to) = (from.min(to), from.max(to));
        let (mut without, mut doubled) = (whole.clone(), whole.clone());
        without.drain(from..to);
        doubled.splice(at..at, whole[from..to].iter().copied());
        for changed in [without, doubled] {
            if let Ok(decoded) = decode(decoder(&wire), &changed, piece_len) {
                prop_assert_eq!(decoded, expected(&body, form));
            }
        }
    }
}

#[test]
fn refuses_every_changed_bit_and_every_cut() {
    for form in &FORMS[..2] {
        let wire = wire_of(b"0123456789", 4, *form);
        for bit in 0..8 * wire.body.len() {
            let mut changed = wire.body.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A name in upper case and white space around a value say the same.
            let decoded = decode(decoder(&wire), &changed, 7);
            assert!(decoded.is_err() || decoded == Ok(expected(b"0123456789", *form)), "bit {bit}");
        }
        for end in 0..wire.body.len() {
            let error = decode(decoder(&wire), &wire.body[..end], 7).err();
            assert_eq!(error, Some(VerifyError::IncompleteBody), "cut at {end}");
        }
    }
}

#[test]
fn refuses_a_changed_chunk_at_its_last_byte_for_good() {
    let wire = wire_of(b"01234567", 4, ChunkForm::Signed);
    let text = String::from_utf8(wire.body.clone()).unwrap().replace("4567", "4568");
    let at = text.find("4568").unwrap();
    let mut decoder = decoder(&wire);
    let mut input = &text.as_bytes()[..at + 3];
    while decoder.decode(&mut input).unwrap().is_some() {}
    let mut last = &text.as_bytes()[at + 3..at + 4];
    assert_eq!(decoder.decode(&mut last), Ok(Some(ChunkEvent::Data(b"8"))));
    let no_match = VerifyError::SignatureDoesNotMatch;
    assert_eq!(decoder.decode(&mut last), Err(no_match));
    let mut rest = &text.as_bytes()[at + 4..];
    assert_eq!(decoder.decode(&mut rest), Err(no_match));
    assert_eq!(decoder.finish(), Err(no_match));
}

/// The body without its trailers, and other lines behind it.
fn with_lines(wire: &Wire, lines: &[&str]) -> Vec<u8> {
    let text = str::from_utf8(&wire.body).unwrap();
    let end = text.find("x-amz-").unwrap_or(text.len() - 2);
    [&text[..end], &lines.concat()].concat().into_bytes()
}

#[test]
fn takes_trailers_as_clients_write_them() {
    let name = "x-amz-checksum-crc32c";
    let wire = wire_of(b"0123", 4, FORMS[2]);
    for lines in [
        ["x-amz-checksum-crc32c:sOO8/Q==\r\n", "\r\n"],
        ["X-Amz-Checksum-Crc32c: sOO8/Q== \r\n", "\r\n"],
        ["x-amz-checksum-crc32c:sOO8/Q==\n", "\r\n\r\n"], // minio-go
        ["x-amz-checksum-crc32c:sOO8/Q==\n", "\n"],
    ] {
        let decoded = decode(decoder(&wire), &with_lines(&wire, &lines), 5);
        assert_eq!(decoded, Ok(expected(b"0123", FORMS[2])), "{lines:?}");
    }
    let wire = wire_of(b"0123", 4, FORMS[1]);
    let text = str::from_utf8(&wire.body).unwrap();
    let signature = &text[text.find("x-amz-trailer-signature").unwrap()..text.len() - 4];
    let with = |checksum: &str, between: &str| {
        let lines = [name, checksum, between, signature, "\r\n\r\n"];
        decode(decoder(&wire), &with_lines(&wire, &lines), 5)
    };
    // AWS's documentation and minio-go have an empty line before the signature.
    for between in ["\r\n", "\n\r\n", "\n", "\r\n\r\n"] {
        assert_eq!(with(":sOO8/Q==", between), Ok(expected(b"0123", FORMS[1])), "{between:?}");
    }
    assert_eq!(with(":sOO8/Q==", "\r\n\r\n\r\n"), Err(VerifyError::InvalidTrailer));
    assert_eq!(with(":sOO8/R==", "\r\n"), Err(VerifyError::SignatureDoesNotMatch));
    assert_eq!(with("c:sOO8/Q==", "\r\n"), Err(VerifyError::InvalidTrailer));
}

#[test]
fn refuses_trailers_that_are_missing_doubled_or_foreign() {
    let crc = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
    let signature = format!("x-amz-trailer-signature:{}\r\n", "0".repeat(64));
    let long = format!("x-amz-checksum-crc32c:{}\r\n", "a".repeat(300));
    for form in FORMS {
        let wire = wire_of(b"0123", 4, form);
        for lines in [
            &["x-amz-checksum-sha1:a\r\n", "\r\n"][..],
            &[crc, crc, "\r\n"],
            &[crc, "x-amz-meta-a:b\r\n", "\r\n"],
            &["x-amz-checksum-crc32c\r\n", "\r\n"],
            &[" x-amz-checksum-crc32c:a\r\n", "\r\n"],
            &["x-amz-checksum-crc32c :a\r\n", "\r\n"],
            &["x-amz-checksum-crc32c:a\0b\r\n", "\r\n"],
            &[":\r\n", "\r\n"],
            &[&long, "\r\n"],
            &[&signature, crc, "\r\n"],
            &[&signature, "\r\n"],
        ] {
            let error = decode(decoder(&wire), &with_lines(&wire, lines), 5).err();
            assert_eq!(error, Some(VerifyError::InvalidTrailer), "{form:?} {lines:?}");
        }
        let none = decode(decoder(&wire), &with_lines(&wire, &["\r\n"]), 5);
        assert_eq!(none.is_ok(), matches!(form, ChunkForm::Signed), "{form:?}");
    }
    let wire = wire_of(b"0123", 4, FORMS[1]);
    let unsigned = decode(decoder(&wire), &with_lines(&wire, &[crc, "\r\n", "\r\n"]), 5).err();
    assert_eq!(unsigned, Some(VerifyError::InvalidTrailer));
}

#[test]
fn refuses_a_value_that_cannot_be_the_checksum_of_its_name() {
    let wire = wire_of(b"0123", 4, FORMS[2]);
    for value in ["", "!!!", "AAAAAA", "********", "AAAAAAAA", "AAAAAAA=", "sOO8/Q==sOO8/Q=="] {
        let line = format!("x-amz-checksum-crc32c:{value}\r\n");
        let error = decode(decoder(&wire), &with_lines(&wire, &[&line, "\r\n"]), 5).err();
        assert_eq!(error, Some(VerifyError::InvalidChecksum), "{value:?}");
    }
}

#[test]
fn refuses_framing_that_could_be_read_in_two_ways() {
    let wire = wire_of(b"0123", 4, FORMS[2]);
    let end = "0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n";
    for (body, error) in [
        ("4\n0123\r\n", VerifyError::InvalidChunk),
        ("4\r\n0123\n", VerifyError::InvalidChunk),
        ("4\r\n01234\r\n", VerifyError::InvalidChunk),
        ("4 \r\n0123\r\n", VerifyError::InvalidChunk),
        ("4;a=b\r\n0123\r\n", VerifyError::InvalidChunk),
        ("+4\r\n0123\r\n", VerifyError::InvalidChunk),
        ("\r\n4\r\n0123\r\n", VerifyError::InvalidChunk),
        ("5\r\n01234\r\n", VerifyError::InvalidChunk),
        ("3\r\n012\r\n", VerifyError::IncompleteBody),
        ("ffffffffffffffff\r\n0123\r\n", VerifyError::InvalidChunk),
        ("00000000000000004\r\n0123\r\n", VerifyError::InvalidChunk),
    ] {
        let decoded = decode(decoder(&wire), format!("{body}{end}").as_bytes(), 3).err();
        assert_eq!(decoded, Some(error), "{body:?}");
    }
    for body in ["04\r\n0123\r\n", "2\r\n01\r\n2\r\n23\r\n"] {
        assert!(decode(decoder(&wire), format!("{body}{end}").as_bytes(), 3).is_ok(), "{body:?}");
    }
    for surplus in ["0", "\n", "\r\n\r\n", "GET / HTTP/1.1\r\n"] {
        let body = format!("4\r\n0123\r\n{end}{surplus}");
        let error = decode(decoder(&wire), body.as_bytes(), 3);
        assert_eq!(error, Err(VerifyError::InvalidChunk), "{surplus:?}");
    }
    let endless = "0".repeat(1000);
    let error = decode(decoder(&wire), endless.as_bytes(), 3).err();
    assert_eq!(error, Some(VerifyError::InvalidChunk));
}

#[test]
fn refuses_short_chunks_before_the_last_one() {
    let min = |body: &[u8], chunk_len, min| {
        let wire = wire_of(body, chunk_len, ChunkForm::Signed);
        let decoder = decoder(&wire).min_chunk_len(min);
        decode(decoder, &wire.body, 3).err()
    };
    assert_eq!(min(b"0123456789", 4, 4), None);
    assert_eq!(min(b"01", 4, 4), None);
    assert_eq!(min(b"", 4, 4), None);
    assert_eq!(min(b"0123456789", 4, 5), Some(VerifyError::ChunkTooSmall));
}

#[test]
fn needs_little_memory_and_shows_nothing_of_the_body() {
    let wire = wire_of(b"0123", 4, FORMS[1]);
    let mut decoder = decoder(&wire);
    assert!(size_of_val(&decoder) < 1024, "{}", size_of_val(&decoder));
    let mut input = &wire.body[..90];
    while decoder.decode(&mut input).unwrap().is_some() {}
    assert!(!format!("{decoder:?}").contains("0123"), "{decoder:?}");
}

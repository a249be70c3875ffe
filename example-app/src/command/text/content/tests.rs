use std::io::Write as _;

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use proptest::prelude::*;

use super::*;

const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x24\x04\x21\x00\x00text\x52\xaf\xcc\x88";
const TEXT: &[u8] = b"some text, some text and some more text\n";

/// Returns the text of a file, and the error.
fn text(name: &str, content: &[u8]) -> (Vec<u8>, String) {
    let mut output = Vec::new();
    let written = write_text(content, name, &mut output);
    (output, written.err().map(|error| error.to_string()).unwrap_or_default())
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut file = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0".to_vec();
    file.extend(compress_to_vec(content, 6));
    file.extend(crate::s3::content::checksum::CRC32.checksum(content).to_le_bytes());
    file.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    file
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut file = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    file.write_all(content).unwrap();
    file.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Returns a block of one piece.
fn block(len: usize, piece: &[u8]) -> Vec<u8> {
    let number = |len: usize| u32::try_from(len).unwrap().to_be_bytes();
    [&number(len), &number(piece.len()), piece].concat()
}

fn snappy(content: &[u8]) -> Vec<u8> {
    block(content.len(), &snap::raw::Encoder::new().compress_vec(content).unwrap())
}

/// Returns a block in which all bytes are literals.
fn lz4(content: &[u8]) -> Vec<u8> {
    let more = u8::try_from(content.len() - 15).unwrap();
    block(content.len(), &[&[0xf0, more], content].concat())
}

#[test]
fn reads_each_codec_by_its_name() {
    for (name, file) in [
        ("a.gz", gzip(TEXT)),
        ("a.txt", gzip(TEXT)),
        ("a.bz2", gzip(TEXT)),
        ("a.deflate", compress_to_vec_zlib(TEXT, 6)),
        ("a.bz2", bzip2(TEXT)),
        ("a.zst", zstd(TEXT)),
        ("a.snappy", snappy(TEXT)),
        ("a.lz4", lz4(TEXT)),
    ] {
        assert_eq!(text(name, &file), (TEXT.to_vec(), String::new()), "{name}");
        let twice = text(name, &[file.clone(), file.clone()].concat());
        assert_eq!(twice, ([TEXT, TEXT].concat(), String::new()), "two in {name}");
        let (cut, error) = text(name, &file[..file.len() - 1]);
        assert!(TEXT.starts_with(&cut), "{name}");
        assert_eq!(error, "unexpected end of the data", "{name}");
    }
}

#[test]
fn writes_other_contents_as_they_are() {
    for (name, content) in [
        ("a", TEXT),
        ("a.gz", b""),
        ("a.bz2", b"B"),
        ("A.GZ", TEXT),
        (".gz", TEXT),
        ("a", b"SE"),
        ("a", b"SEX"),
        ("a", b"Ob"),
        ("a", b"Obx"),
    ] {
        assert_eq!(text(name, content), (content.to_vec(), String::new()), "{name} {content:?}");
    }
}

/// As Java's `GZIPInputStream` and Hadoop's bzip2 do.
#[test]
fn ignores_what_follows_gzip_and_bzip2() {
    for (name, file) in [("a", gzip(TEXT)), ("a.bz2", bzip2(TEXT))] {
        for rest in [&b"garbage"[..], &[0; 512], b"\x1f"] {
            assert_eq!(text(name, &[&file, rest].concat()), (TEXT.to_vec(), String::new()));
        }
    }
}

#[test]
fn reports_damage_after_what_was_readable() {
    let mut bad_crc = gzip(TEXT);
    let at = bad_crc.len() - 8;
    bad_crc[at] ^= 1;
    let (output, error) = text("a.gz", &bad_crc);
    assert_eq!(output, TEXT);
    assert!(error.starts_with("corrupt gzip trailer"), "{error}");
    // `printf text | zstd --check`, and a checksum of zeros.
    assert_eq!(text("a.zst", ZSTD), (b"text".to_vec(), String::new()));
    let bad_sum = [&ZSTD[..ZSTD.len() - 4], &[0; 4]].concat();
    for (name, file, expected) in [
        ("a.zst", &bad_sum[..], "corrupt data: the content has another checksum"),
        ("a.gz", b"text", "not a gzip file"),
        ("a", b"\x1f\x8b\x07\0\0\0\0\0\0\0", "unsupported compression method: gzip has only 8"),
        ("a.deflate", b"text", "corrupt data: it is not DEFLATE, or was damaged"),
        ("a.bz2", b"text", "corrupt data: it is not bzip2, or was damaged"),
        ("a.zst", b"text", "corrupt data: it is not Zstandard, or was damaged"),
        ("a.zst", b"\x50\x2a\x4d\x18\x05\0\0\0skip", "unexpected end of the data"),
        ("a.lz4", b"text text text", "corrupt data: it was damaged, or not written by Hadoop"),
        ("a.snappy", b"text text text", "corrupt data: it was damaged, or not written by Hadoop"),
        ("a.lz4", b"\x04\x22\x4d\x18", "unexpected end of the data"),
        ("a", b"Obj\x01", "Avro files are not read: hadoop fs -text does"),
        ("a.lzo", TEXT, "LZO is not read"),
        ("a", b"SEQ\x04", "is a SequenceFile of version 4: only 5 and 6 are read"),
        ("a", b"SEQ", "unexpected end of the data"),
    ] {
        let (_, error) = text(name, file);
        assert!(error.starts_with(expected), "{name}: {error}");
    }
}

/// A block of snappy that says that it has four gigabytes, and one of lz4 with a long repetition.
#[test]
fn refuses_pieces_that_are_longer_than_their_block() {
    let (_, error) = text("a.snappy", &block(5, b"\xff\xff\xff\xff\x0f\0"));
    assert!(error.starts_with("corrupt data"), "{error}");
    let (_, error) = text("a.lz4", &block(5, b"\x1fa\x01\0\xff\xff\xff\0"));
    assert!(error.starts_with("corrupt data"), "{error}");
}

const FILES: [(&str, &[u8]); 12] = [
    ("plain", include_bytes!("../../../../tests/sequence_files/plain.seq")),
    ("records", include_bytes!("../../../../tests/sequence_files/records.seq")),
    ("blocks", include_bytes!("../../../../tests/sequence_files/blocks.seq")),
    ("records-bz2", include_bytes!("../../../../tests/sequence_files/records-bz2.seq")),
    ("blocks-bz2", include_bytes!("../../../../tests/sequence_files/blocks-bz2.seq")),
    ("bytes", include_bytes!("../../../../tests/sequence_files/bytes.seq")),
    ("null", include_bytes!("../../../../tests/sequence_files/null.seq")),
    ("numbers", include_bytes!("../../../../tests/sequence_files/numbers.seq")),
    ("lengths", include_bytes!("../../../../tests/sequence_files/lengths.seq")),
    ("small", include_bytes!("../../../../tests/sequence_files/small.seq")),
    ("short", include_bytes!("../../../../tests/sequence_files/short.seq")),
    ("map", include_bytes!("../../../../tests/sequence_files/map.seq")),
];

/// The length of the records of `null`: 10 and 9 bytes.
const NULL_RECORDS: usize = 19;

/// Returns the text of one of `FILES`, by `hadoop fs -text`.
fn expected(name: &str) -> String {
    let line = |i: usize| format!("{i}\tline ü {}\n", "x".repeat(i));
    match name {
        "bytes" => "-5\t00 01 ff\n7\t\n".to_owned(),
        "null" => "(null)\ta\n(null)\t\n".to_owned(),
        "numbers" => "-3.25E-9\t1.5\n123456.789\t1.0E7\n0.001\t100.0\n".to_owned(),
        "lengths" => "-112\t-9223372036854775808\n-113\t1099511627776\n127\t128\n".to_owned(),
        "small" => "true\t-3\n".to_owned(),
        "short" => "-300\t9dd4e461268c8034f5c8564e155c67a6\n".to_owned(),
        "map" => String::new(),
        _ => (0..20).map(line).collect(),
    }
}

/// Written by Hadoop: tests/servers/harness/SequenceFiles.java.
#[test]
fn reads_sequence_files_of_hadoop() {
    for (name, file) in FILES {
        let (output, error) = text("part-00000", file);
        assert_eq!(String::from_utf8(output).unwrap(), expected(name), "{name}");
        let is_read = name != "map";
        assert_eq!(error.is_empty(), is_read, "{name}: {error}");
        let class = "has keys or values of the class org.apache.hadoop.io.MapWritable, which";
        assert!(is_read || error.starts_with(class), "{error}");
    }
}

#[test]
fn writes_the_whole_records_of_cut_files() {
    for (name, file) in FILES {
        let expected = expected(name);
        // bzip2 takes megabytes for each value.
        let step = if name.ends_with("bz2") { 97 } else { 3 };
        for len in (3..file.len()).step_by(step) {
            let (output, _) = text("a", &file[..len]);
            let output = String::from_utf8(output).unwrap();
            assert!(expected.starts_with(&output), "{name} cut at {len}: {output}");
            assert!(output.is_empty() || output.ends_with('\n'), "{name} cut at {len}: {output}");
        }
    }
}

/// A mark has 20 bytes, so a call for each would overflow the stack.
#[test]
fn reads_many_marks_in_a_row() {
    let null = FILES[6].1;
    let (head, records) = null.split_at(null.len() - NULL_RECORDS);
    let mark = [&[0xff; 4], &head[head.len() - 16..]].concat();
    let file = [head, &mark.repeat(200_000), records].concat();
    assert_eq!(text("a", &file), (expected("null").into_bytes(), String::new()));
}

/// Two characters of which the first reads end in the middle, and bytes that are not UTF-8.
#[test]
fn replaces_bytes_that_are_not_utf_8_in_texts() {
    let value = [&b"x".repeat(8191)[..], "ü".as_bytes(), b"\xff|\xc3"].concat();
    let [.., high, low] = u32::try_from(value.len()).unwrap().to_be_bytes();
    let value = [&[0x8e, high, low], &value[..]].concat();
    let number = |len: usize| u32::try_from(len).unwrap().to_be_bytes();
    let record = [&number(value.len())[..], &number(0), &value].concat();
    let null = FILES[6].1;
    let head = &null[..null.len() - NULL_RECORDS];
    let (output, error) = text("a", &[head, &record].concat());
    assert_eq!(error, "");
    let expected = format!("(null)\t{}ü\u{fffd}|\u{fffd}\n", "x".repeat(8191));
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

proptest! {
    #[test]
    fn survives_damage_everywhere(
        index in 0..FILES.len(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut file = FILES[index].1.to_vec();
        let at = at.index(file.len());
        file[at] = byte;
        let _ = text("a", &file);
    }

    #[test]
    fn survives_any_content(
        content in prop::collection::vec(any::<u8>(), 0..200),
        name in prop::sample::select(vec!["a.gz", "a.bz2", "a.zst", "a.deflate", "a.lz4", "a.snappy"]),
    ) {
        let _ = text(name, &content);
        let _ = text("a", &[b"\x1f\x8b\x08\0\0\0\0\0\0\x03", &content[..]].concat());
        let _ = text("a.bz2", &[b"BZh91AY&SY", &content[..]].concat());
        let _ = text("a.zst", &[b"\x28\xb5\x2f\xfd", &content[..]].concat());
    }
}

#[test]
fn shows_class_names_in_one_line() {
    let class = "\n \u{1b}[2Jx";
    let len = u8::try_from(class.len()).unwrap();
    let file = [b"SEQ\x06", &[len][..], class.as_bytes()].concat();
    let (_, error) = text("a", &file);
    assert!(error.starts_with("has keys or values of the class [2Jx, which"), "{error:?}");
}

/// A record whose value is compressed alone, and the bytes behind its text.
#[test]
fn reads_to_the_end_of_each_compressed_value() {
    let class = |name: &str| [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    let hadoop = "org.apache.hadoop.io";
    let head = [
        b"SEQ\x06".to_vec(),
        class(&format!("{hadoop}.NullWritable")),
        class(&format!("{hadoop}.Text")),
        vec![1, 0],
        class(&format!("{hadoop}.compress.DefaultCodec")),
        vec![0; 4 + 16],
    ]
    .concat();
    let whole = compress_to_vec_zlib(b"\x02ab", 6);
    let mut bad_sum = whole.clone();
    *bad_sum.last_mut().unwrap() ^= 1;
    let longer = compress_to_vec_zlib(b"\x02abc", 6);
    let cut = &whole[..whole.len() - 1];
    for (value, expected) in [
        (&*whole, ""),
        (&bad_sum, "corrupt data: it is not DEFLATE, or was damaged"),
        (cut, "unexpected end of the data"),
        (&longer, "corrupt record: its value is shorter than the file says"),
    ] {
        let len = u32::try_from(value.len()).unwrap().to_be_bytes();
        let file = [&*head, &len, &[0; 4], value].concat();
        let (output, error) = text("a", &file);
        assert_eq!(error, expected, "{value:?}");
        let written = if expected.is_empty() { "(null)\tab\n" } else { "" };
        assert_eq!(String::from_utf8(output).unwrap(), written, "{value:?}");
    }
}

type Compress = fn(&[u8]) -> Vec<u8>;

/// The keys have no bytes, and the checksum behind a part is not of the records.
#[test]
fn compares_the_checksum_of_each_part_of_a_block() {
    let class = |name: &str| [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    let hadoop = "org.apache.hadoop.io";
    let parts = [&[0][..], &[], &[3], b"\x02ab"];
    let codecs: [(&str, Compress, usize); 2] = [("GzipCodec", gzip, 8), ("BZip2Codec", bzip2, 3)];
    for (codec, compress, trailer) in codecs {
        let head = [
            b"SEQ\x06".to_vec(),
            class(&format!("{hadoop}.NullWritable")),
            class(&format!("{hadoop}.Text")),
            vec![1, 1],
            class(&format!("{hadoop}.compress.{codec}")),
            vec![0; 4 + 16],
        ]
        .concat();
        let block = |damaged: Option<usize>| {
            let mut block = [&[0xff; 4][..], &[0; 16], &[1]].concat();
            for (index, part) in parts.iter().enumerate() {
                let mut part = compress(part);
                let at = part.len() - trailer;
                part[at] ^= u8::from(damaged == Some(index));
                block.push(u8::try_from(part.len()).unwrap());
                block.extend(part);
            }
            [&*head, &*block].concat()
        };
        let whole = (b"(null)\tab\n".to_vec(), String::new());
        assert_eq!(text("a", &block(None)), whole, "{codec}");
        for index in 0..parts.len() {
            let (_, error) = text("a", &block(Some(index)));
            assert!(error.starts_with("corrupt "), "{codec} {index}: {error}");
        }
    }
}

/// One bit of the checksum of nine lines is another one. The decoder fails after the last of them.
#[test]
fn finds_a_damaged_checksum_of_bzip2_behind_the_text() {
    let file = "425a6839314159265359\
        4a9f7fb900000d510000104000222520\
        0020a540d0860391c8dc6464\
        7a323e2ee48a7028a120953eff72";
    let (_, error) = text("a.bz2", &hex::decode(file).unwrap());
    assert!(error.starts_with("corrupt data: it is not bzip2"), "{error}");
}

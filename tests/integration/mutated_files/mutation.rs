//! Mutations of the bytes of a file, from a fixed seed.

/// Bytes of a line that is long.
const LONG: usize = 100_000;

/// A sequence of numbers that is the same in each run (splitmix64).
pub(super) struct Rng(pub(super) u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// The start of some line.
fn line_start(bytes: &[u8], rng: &mut Rng) -> usize {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(bytes.iter().enumerate().filter(|(_, it)| **it == b'\n').map(|(at, _)| at + 1))
        .collect();
    starts[rng.below(starts.len())]
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|it| *it == b'\n').map_or(bytes.len(), |at| start + at)
}

fn insert(bytes: &mut Vec<u8>, at: usize, text: &[u8]) {
    bytes.splice(at..at, text.iter().copied());
}

/// Makes the values behind `=` or `:` in some line another text.
fn replace_value(bytes: &mut Vec<u8>, rng: &mut Rng, value: &[u8]) {
    let start = line_start(bytes, rng);
    let end = line_end(bytes, start);
    let value_start = bytes[start..end].iter().position(|it| b"=:".contains(it));
    let from = value_start.map_or(start, |at| start + at + 1);
    bytes.splice(from..end, value.iter().copied());
}

/// Mutates a file once or a few times.
pub(super) fn mutate(original: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=rng.below(3) {
        mutate_once(&mut bytes, rng);
    }
    bytes
}

fn mutate_once(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let at = rng.below(bytes.len());
    let line = line_start(bytes, rng);
    match rng.below(20) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << rng.below(8),
        1 => drop(bytes.drain(line..line_end(bytes, line))),
        2 => bytes.truncate(at),
        3 => insert(bytes, at, &vec![b'x'; LONG]),
        4 => insert(bytes, line, format!("long = \"{}\"\n", "é".repeat(LONG)).as_bytes()),
        5 => insert(bytes, line, format!("{} = 1\n", "k".repeat(LONG)).as_bytes()),
        6 => insert(bytes, at, b"\0\0\0"),
        7 => insert(bytes, at, b"\xff\xfe\xc3\x28"),
        8 => insert(bytes, at, "\u{202e}\u{2066}\u{200b}\u{85}\u{1b}[2J\r".as_bytes()),
        9 => replace_value(bytes, rng, "[".repeat(5000).as_bytes()),
        10 => replace_value(bytes, rng, "{a=".repeat(5000).as_bytes()),
        11 => replace_value(bytes, rng, "{\"a\":".repeat(5000).as_bytes()),
        12 => insert(bytes, line, format!("{}z = 1\n", "a.".repeat(5000)).as_bytes()),
        13 => replace_value(bytes, rng, "9".repeat(400).as_bytes()),
        14 => replace_value(bytes, rng, b" 1e999, -0.0, 0x7fffffffffffffffffff"),
        15 => replace_value(bytes, rng, b" {}"),
        16 => {
            let many: String = (0..2000).map(|it| format!("unknown-{it} = {it}\n")).collect();
            insert(bytes, line, many.as_bytes());
        }
        17 => {
            let copy = bytes[line..line_end(bytes, line)].repeat(1 + LONG / bytes.len().max(1));
            insert(bytes, at, &copy);
        }
        18 => insert(bytes, at, [b"\"", b"'" as &[u8], b"]", b"{", b"#"][rng.below(5)]),
        _ => {
            // Moves a line to another place, as if tables were mixed up.
            let moved: Vec<u8> = bytes.drain(line..line_end(bytes, line)).collect();
            let to = line_start(bytes, rng);
            insert(bytes, to, &moved);
        }
    }
}

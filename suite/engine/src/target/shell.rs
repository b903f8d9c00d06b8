//! Command lines for a shell.

use jwtspec_types::text::is_hidden;

/// The bytes that Linux takes as one word of a command line.
pub(super) const WORD_BYTES: usize = (128 << 10) - 1;
/// A command line in the making.
pub(super) struct Words {
    line: String,
    /// The reason why no command line does it.
    why_not: Option<String>,
}

impl Words {
    pub(super) fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), why_not: None }
    }

    /// Adds words that need no quotes.
    pub(super) fn add(&mut self, words: &str) {
        self.line.push(' ');
        self.line.push_str(words);
    }

    /// Adds a word; `what` names it.
    pub(super) fn add_quoted(&mut self, bytes: &[u8], what: &str) {
        if bytes.contains(&0) {
            self.why_not.get_or_insert(format!("a NUL in {what} ends a word of a command line"));
        } else if bytes.len() > WORD_BYTES {
            let bytes = bytes.len();
            self.why_not.get_or_insert(format!("{what}, of {bytes} bytes, is too long for a word"));
        }
        self.add(&shell_quoted(bytes));
    }

    /// Makes it a line that cannot be, for this reason.
    pub(super) fn give_up(&mut self, why: &str) {
        self.why_not.get_or_insert(why.to_owned());
    }

    /// The line; a comment where no line does it.
    pub(super) fn end(self, program: &str) -> String {
        match self.why_not {
            Some(why) => format!("# {program} cannot send this: {why}"),
            None => self.line,
        }
    }
}

/// One word for a POSIX shell; what no text has in the `$'…'` form of bash and zsh.
pub(super) fn shell_quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() || is_hidden(c)) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => {
            let escaped = bytes.iter().map(|byte| match byte {
                b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
                b' '..=b'~' => char::from(*byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            });
            format!("$'{}'", escaped.collect::<String>())
        }
    }
}

/// A text as the format of `printf`, which may hold NUL.
pub(super) fn printf_format(text: &str) -> String {
    let escaped = text.bytes().enumerate().map(|(at, byte)| match byte {
        b'%' => "%%".to_owned(),
        // At the start it would be an option.
        b'-' if at == 0 => "\\055".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\'' | b'\\' => format!("\\{byte:03o}"),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    format!("'{}'", escaped.collect::<String>())
}

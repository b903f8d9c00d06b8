//! Just enough of a shell, and of `curl`, to find the credential in a pasted command.

/// The parts of a `curl` command's request that may hold a token.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) headers: Vec<String>,
    pub(super) cookies: Option<String>,
    pub(super) bearer: Option<String>,
    pub(super) urls: Vec<String>,
    pub(super) bodies: Vec<String>,
}

/// True if a text is a `curl` command, also behind a prompt.
pub(super) fn is_curl(text: &str) -> bool {
    let text = text.trim_start_matches(['$', '>', '#', '%', ' ']);
    let word = text.split_whitespace().next().unwrap_or_default();
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(name, "curl" | "curl.exe")
}

/// Parses a command.
pub(super) fn parse_curl(text: &str) -> Request {
    let mut request = Request::default();
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        let (option, value) = split_option(&word);
        let value = value.map(str::to_owned);
        let mut value = || value.clone().or_else(|| words.next());
        match option {
            "-H" | "--header" => request.headers.extend(value()),
            "-b" | "--cookie" => request.cookies = value().or(request.cookies),
            "--oauth2-bearer" => request.bearer = value().or(request.bearer),
            "--url" => request.urls.extend(value()),
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--json" => {
                request.bodies.extend(value());
            }
            _ if word.contains("://") => request.urls.push(word),
            _ => {}
        }
    }
    request
}

/// `--name=value` and `-Hvalue` in their two parts.
fn split_option(word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    }
    match word.split_at_checked(2) {
        Some((option @ ("-H" | "-b" | "-d"), value)) if !value.is_empty() => (option, Some(value)),
        _ => (word, None),
    }
}

/// The words of a command: quotes, escapes and continued lines resolved. A quotation that does
/// not end goes on to the end of the text.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // A continued line, also as Windows writes it.
            '\\' | '^' if matches!(characters.peek(), Some('\n' | '\r')) => {
                while characters.next_if(|c| matches!(c, '\n' | '\r')).is_some() {}
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            '\'' => {
                let word = word.get_or_insert_default();
                // `$'…'` is a quotation too.
                if word.ends_with('$') {
                    word.pop();
                }
                word.extend(characters.by_ref().take_while(|c| *c != '\''));
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(character) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => word.extend(characters.next()),
                        other => word.push(other),
                    }
                }
            }
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_like_a_shell_does() {
        assert_eq!(words(r#"a 'b c'd "e \" f" \g "#), ["a", "b cd", "e \" f", "g"]);
        assert_eq!(words("a \\\n b ^\r\n c"), ["a", "b", "c"]);
        assert_eq!(words("'open end"), ["open end"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn curl_is_recognised_behind_a_prompt() {
        assert!(is_curl("$ curl -v x") && is_curl("/usr/bin/curl x") && is_curl("curl.exe x"));
        assert!(!is_curl("curly") && !is_curl("eyJ"));
    }
}

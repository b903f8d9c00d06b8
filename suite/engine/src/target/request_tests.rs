//! The words of printed command lines, as bash reads them, and what curl sends for them.

use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::target::{HttpClient, Messages};

type Header = (&'static str, &'static [u8]);

fn request(
    method: &'static str,
    url: &str,
    headers: &[Header],
    body: Option<&str>,
) -> PreparedRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()));
    PreparedRequest {
        headers: headers.collect(),
        body: body.map(str::to_owned),
        ..PreparedRequest::new(method, url)
    }
}

/// The words that a line hands to a program, and what it pipes there, by bash.
fn words(program: &str, line: &str) -> (Vec<Vec<u8>>, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let stub = format!(
        "{program}() {{ printf '%s\\0' \"$@\" >words; [ -t 0 ] || cat >input; }}\n{line} </dev/null\n"
    );
    // A pipe goes before the redirection that ends the others' input.
    let stub = if line.contains(" | ") { stub.replace(" </dev/null", "") } else { stub };
    std::fs::write(folder.path().join("line"), stub).expect("a script");
    let run = Command::new("bash").arg("line").current_dir(&folder).status().expect("bash");
    assert!(run.success(), "{line}");
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap_or_default();
    let words = read("words");
    let words = words.strip_suffix(&[0]).unwrap_or(&words).split(|byte| *byte == 0);
    (words.map(<[u8]>::to_vec).collect(), read("input"))
}

fn assert_words(request: &PreparedRequest, expected: &[&[u8]], input: &[u8]) {
    let line = request.command_line();
    let (words, piped) = words("curl", &line);
    assert_eq!(words, expected, "{line}");
    assert_eq!(piped, input, "{line}");
}

#[test]
fn a_shell_reads_the_words_that_were_meant() {
    let url = "http://127.0.0.1:1/x";
    let odd = b"Bearer it's \\ \"$(x)\" !! a\nb\r\t\xff\x01\xc3\xa9";
    let field = [b"authorization: ".as_slice(), odd].concat();
    assert_words(
        &request("GET", "http://127.0.0.1:1/x?y='", &[("authorization", odd)], None),
        &[b"-i", b"-H", &field, b"http://127.0.0.1:1/x?y='"],
        b"",
    );
    assert_words(
        &request("GET", url, &[("authorization", b" "), ("a", b"\xe2\x80\xae")], None),
        &[b"-i", b"-H", b"authorization;", b"-H", b"a: \xe2\x80\xae", url.as_bytes()],
        b"",
    );
    let target = request("GET", "HTTP://[::1]:80/a/../{b}/é \0#c", &[], None);
    let sent = b"http://[::1]/a/../{b}/%C3%A9%20%00";
    assert_words(&target, &[b"-i", b"-g", b"--path-as-is", sent], b"");
    let body = "-a%s\\n'\n\0é\u{1b}0";
    let form: Header = ("content-type", b"x/y");
    assert_words(
        &request("POST", url, &[form], Some(body)),
        &[b"-i", b"-H", b"content-type: x/y", b"--data-binary", b"@-", url.as_bytes()],
        body.as_bytes(),
    );
    let long = "x".repeat(1 << 20);
    let plain: &[&[u8]] = &[b"-i", b"-H", b"content-type:"];
    let end: &[&[u8]] = &[b"-H", b"expect:", b"--data-binary", b"@-", url.as_bytes()];
    let words = [plain, end].concat();
    assert_words(&request("POST", url, &[], Some(&long)), &words, long.as_bytes());
}

#[test]
fn what_no_command_line_sends_is_said() {
    let nul = request("GET", "http://h/", &[("authorization", b"Bearer a\0b")], None);
    let line = nul.command_line();
    assert_eq!(
        line,
        "# curl cannot send this: a NUL in the header field `authorization` ends a word of a \
         command line"
    );
    let mut long = request("GET", "http://h/", &[], None);
    long.headers.push(("authorization".to_owned(), vec![b'a'; 200_000]));
    let line = long.command_line();
    assert!(line.starts_with("# curl cannot send this: the header field") && line.len() < 200);
}

#[test]
fn messages_are_piped_as_they_were_sent() {
    let line = |messages: &[&str]| {
        let mut request = PreparedRequest::new("GET", "ws://127.0.0.1:1/é");
        request.messages = Some(Box::new(Messages {
            subprotocol: Some("a'b".to_owned()),
            open: messages.iter().map(|&message| message.to_owned()).collect(),
            send: Vec::new(),
            sign_out: Vec::new(),
            accept: Vec::new(),
            reject: Vec::new(),
            version: None,
            identity: None,
        }));
        request.command_line()
    };
    for (messages, option, input) in [
        (&["a'b", "%s\\é"][..], "-n", "a'b\n%s\\é\n"),
        (&["a\nb", "c"], "-n0", "a\nb\0c\0"),
        (&["a\0b%", "-c"], "-n", "a\0b%\n-c\n"),
    ] {
        let (words, piped) = words("websocat", &line(messages));
        let expected = [option, "--protocol", "a'b", "ws://127.0.0.1:1/é"];
        assert_eq!(words, expected.map(str::as_bytes), "{messages:?}");
        assert_eq!(piped, input.as_bytes(), "{messages:?}");
    }
    assert!(line(&["a\nb", "c\0d"]).starts_with("# websocat cannot send this"));
}

/// The bytes of one request: its first line, its fields in order of name, and its body. Fields that
/// say which client sends it are left out.
async fn received(listener: &TcpListener) -> (String, Vec<String>, Vec<u8>) {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let whole = |bytes: &[u8]| {
        let head = bytes.windows(4).position(|it| it == b"\r\n\r\n")? + 4;
        let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
        let length = text.split_once("content-length: ").map_or("0", |(_, rest)| rest);
        let length: usize = length.split('\r').next()?.trim().parse().ok()?;
        (bytes.len() >= head + length).then_some(head)
    };
    let head = loop {
        let count = stream.read(&mut buffer).await.expect("a request");
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(head) = whole(&bytes) {
            break head;
        }
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&bytes));
    };
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer).await.expect("an answer");
    let text = bytes[..head].iter().map(|&byte| char::from(byte)).collect::<String>();
    let (first, fields) = text.split_once("\r\n").expect("a line");
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let name = name.to_lowercase();
        let own = ["accept", "user-agent", "connection"].contains(&name.as_str());
        (!own).then(|| format!("{name}: {}", value.trim_matches(' ')))
    };
    let mut fields: Vec<String> = fields.split("\r\n").filter_map(field).collect();
    fields.sort();
    (first.to_owned(), fields, bytes[head..].to_vec())
}

#[tokio::test]
async fn curl_sends_what_was_sent() {
    // Where there is no curl, the words are compared above.
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let form: Header = ("content-type", b"application/x-www-form-urlencoded");
    let bearer = |value: &'static [u8]| -> Header { ("authorization", value) };
    let long = "0123456789".repeat(20_000);
    for (method, path, headers, body) in [
        ("GET", "/v?x='%2f", &[bearer(b"Bearer a'b")][..], None),
        ("GET", "/a/../%2E/[1-2]{b,c}\\^|é ?q=[]#f", &[], None),
        ("GET", "", &[bearer(b"")], None),
        ("GET", "/", &[bearer(b"Bearer a\nb\xff\x01")], None),
        ("GET", "/", &[bearer(b"Bearer a"), bearer(b"bearer  b")], None),
        ("HEAD", "/", &[bearer(b"Bearer a")], None),
        ("GET", "/", &[], Some("ab")),
        ("POST", "/", &[], None),
        ("POST", "/", &[form], Some("access_token=a@b")),
        ("POST", "/", &[], Some("@a%s\\\0\n'é")),
        ("POST", "/", &[form], Some(long.as_str())),
        ("PUT", "/", &[("host", b"other:1"), ("cookie", b"a=b; c")], Some("")),
        ("OPTIONS", "/", &[], None),
    ] {
        let request = request(method, &format!("{base}{path}"), headers, body);
        let line = request.command_line();
        let script = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&script, format!("{line} -q -s -m 10 >/dev/null")).expect("a script");
        let client = HttpClient::new(Duration::from_secs(10));
        let (sent, _) = tokio::join!(received(&listener), client.send(&request));
        let mut bash = Command::new("bash").arg(script.path()).spawn().expect("bash");
        let repeated = received(&listener).await;
        let _ = bash.wait();
        assert_eq!(repeated, sent, "{line}");
    }
}

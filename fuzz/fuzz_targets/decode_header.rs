#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = jsonwebtoken::decode_header(data);
});

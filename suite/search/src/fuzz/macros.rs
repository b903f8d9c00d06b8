//! Two macros that make a parser or verifier of another crate a cargo-fuzz target, in one line.
//!
//! They expand to macros of `libfuzzer-sys`, which the fuzz crate that uses them depends on
//! itself. `docs/fuzzing.md` shows a whole crate.

/// Makes a [`Parser`](crate::fuzz::Parser) the target of a fuzz crate: held to
/// [`Strict`](crate::fuzz::Strict) by [`parse_jwt`](fn@crate::fuzz::parse_jwt), on tokens that are
/// edited, encoded and signed anew.
///
/// The expression must be cheap, for it is evaluated for each input.
///
/// ```ignore
/// #![no_main]
/// jwtspec::fuzz_parser!(my_crate::MyParser);
/// ```
#[macro_export]
macro_rules! fuzz_parser {
    ($parser:expr $(,)?) => {
        $crate::fuzz_edited_tokens!(
            |data: &[u8]| $crate::fuzz::parse_jwt(data, &[&$parser]),
            $crate::fuzz::fixed::mint_context()
        );
    };
}

/// Makes a [`Driver`](jwtspec_driver::Driver) the target of a fuzz crate: held by
/// [`verify`](fn@crate::fuzz::verify) to the key that signed a token and to the model.
///
/// `known` is a list of [`Known`](crate::fuzz::Known) departures, each with its reason.
///
/// ```ignore
/// #![no_main]
/// jwtspec::fuzz_verifier!(my_crate::MyDriver, known: &my_crate::KNOWN);
/// ```
#[macro_export]
macro_rules! fuzz_verifier {
    ($driver:expr $(, known: $known:expr)? $(,)?) => {
        static LINKED: ::std::sync::LazyLock<$crate::fuzz::Linked> =
            ::std::sync::LazyLock::new(|| match $crate::fuzz::Linked::new(&$driver) {
                Ok(linked) => linked$(.knowing($known))?,
                Err(why) => panic!("the verifier does not take the trust of fuzz targets: {why}"),
            });

        $crate::fuzz_edited_tokens!(
            |data: &[u8]| $crate::fuzz::verify(data, &[&*LINKED]),
            LINKED.mint_context()
        );
    };
}

/// The part of both: a target whose input is edited as tokens for the issuers of a context.
#[doc(hidden)]
#[macro_export]
macro_rules! fuzz_edited_tokens {
    ($body:expr, $mint_context:expr) => {
        ::libfuzzer_sys::fuzz_target!(|data: &[u8]| $body(data));

        ::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8],
                                        size: usize,
                                        max_size: usize,
                                        seed: u32| {
            let mutator = $crate::fuzz::Mutator::new($mint_context);
            mutator.mutate(data, size, max_size, seed, ::libfuzzer_sys::fuzzer_mutate)
        });

        ::libfuzzer_sys::fuzz_crossover!(|first: &[u8],
                                          second: &[u8],
                                          out: &mut [u8],
                                          seed: u32| {
            $crate::fuzz::crossover(first, second, out, seed)
        });
    };
}

//! A file's tokens behind its head.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::delta::token::Token;
use tinyrsyncd::wire::Reader;
use tinyrsyncd::wire::sum_head::SumHead;

fuzz_target!(|bytes: &[u8]| {
    let mut r = Reader::new(bytes);
    let Ok(head) = SumHead::read(&mut r, 31, 16) else { return };
    while let Ok(token) = Token::read(&mut r, &head) {
        let mut out = Vec::new();
        token.put(&mut out);
        assert_eq!(Token::read(&mut Reader::new(&out), &head), Ok(token));
        match token {
            Token::End => return,
            Token::Literal(len) if r.take(usize::try_from(len).unwrap()).is_err() => return,
            Token::Literal(_) => {}
            Token::Block(index) => assert!(index < head.count),
        }
    }
});

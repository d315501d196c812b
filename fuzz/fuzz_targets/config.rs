//! rsyncd.conf with files that include each other, in memory; the files stand one after the other, NUL between them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::config::{self, Kind, Scope, Source};

struct Files<'a>(Vec<&'a [u8]>);

impl Files<'_> {
    /// `x/1` is the second file; a name without a number is the first.
    fn number(path: &[u8]) -> usize {
        path.last().filter(|b| b.is_ascii_digit()).map_or(0, |b| usize::from(b - b'0'))
    }
}

impl Source for Files<'_> {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        let found = self.0.get(Self::number(path)).ok_or_else(|| "No such file or directory (2)".to_owned())?;
        Ok(found.to_vec())
    }
    fn list_dir(&self, _path: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        Ok([&b"."[..], b"1.conf", b"2.conf", b"3.inc", b"3"].map(<[u8]>::to_vec).to_vec())
    }
    fn kind(&self, path: &[u8]) -> Result<Kind, String> {
        Ok(if path.ends_with(b".d") { Kind::Dir } else { Kind::File })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let files = Files(bytes.split(|&b| b == 0).collect());
    let vars = |name: &[u8]| (name == b"NAME").then(|| b"value".to_vec());
    // Whoever explains a file reads it as the daemon does, and to the end.
    let (traced, trace) = config::trace(&files, b"rsyncd.conf", &vars);
    match config::load(&files, b"rsyncd.conf", &[], Scope::Whole, &vars) {
        Ok(config) => assert!(trace.errors.is_empty() && config == traced),
        Err(error) => assert_eq!(trace.errors.first(), Some(&error)),
    }
    let overrides = [(b"max connections".to_vec(), b"4".to_vec())];
    for (overrides, scope) in [(&overrides[..], Scope::Whole), (&[], Scope::GlobalsOnly)] {
        let Ok(config) = config::load(&files, b"rsyncd.conf", overrides, scope, &vars) else { continue };
        for module in &config.modules {
            assert!(config::find(&config, &module.name).is_some());
            let _ = config::expand(&module.path, &vars);
        }
    }
});

use super::*;

/// `f1 f2 F3 .hid g[1] d1/x d2/x d2/.y`, directories with a slash.
struct Tree(&'static [&'static str], Option<&'static str>);

const G: Tree = Tree(&["f1", "f2", "F3", ".hid", "g[1]", "d1/", "d1/x", "d2/", "d2/x", "d2/.y"], None);

impl GlobFs for Tree {
    fn list(&mut self, dir: &[u8]) -> Vec<Vec<u8>> {
        let dir = if dir.is_empty() { String::new() } else { format!("{}/", String::from_utf8_lossy(dir)) };
        let below = self.0.iter().filter_map(|path| path.strip_prefix(&dir)).map(|name| name.trim_end_matches('/'));
        let names = below.filter(|name| !name.is_empty() && !name.contains('/'));
        [".", ".."].into_iter().chain(names).map(|name| name.as_bytes().to_vec()).collect()
    }
    fn is_dir(&mut self, path: &[u8]) -> bool {
        self.0.iter().any(|p| p.strip_suffix('/').is_some_and(|p| p.as_bytes() == path))
    }
    fn exists(&mut self, path: &[u8]) -> bool {
        self.0.iter().any(|p| p.trim_end_matches('/').as_bytes() == path)
    }
    fn hidden(&mut self, path: &[u8], _: bool) -> bool {
        self.1.is_some_and(|hidden| hidden.as_bytes() == path)
    }
}

fn expanded(arg: &str, mut tree: Tree) -> String {
    let found = expand(arg.as_bytes(), &mut tree, 100);
    found.iter().map(|path| String::from_utf8_lossy(path)).collect::<Vec<_>>().join(" ")
}

#[test]
fn arguments_expand_as_stocks_do() {
    for (arg, expected) in [
        ("f*", "f1 f2"),
        ("*", "f1 f2 F3 .hid g[1] d1 d2"),
        ("d?/x", "d1/x d2/x"),
        ("nomatch*", "nomatch*"),
        ("g[1]", "g[1]"),
        ("g\\[[1]*", "g[1]"),
        ("[fF]*", "f1 f2 F3"),
        ("d[!1]", "d2"),
        ("d*/.y", "d1/.y d2/.y"),
        ("{f1,f2}", "{f1,f2}"),
        ("*/", "d1/ d2/"),
        ("./f*", "./f1 ./f2"),
        ("/d*/*", "/d1/x /d2/x /d2/.y"),
        ("*/./x", "d1/./x d2/./x"),
        ("**", "f1 f2 F3 .hid g[1] d1 d2"),
        ("f*/x", "f*/x"),
        ("plain", "plain"),
        ("no/such/", "no/such/"),
        (".", "."),
        ("new*/", "new*/"),
    ] {
        assert_eq!(expanded(arg, G), expected, "{arg}");
    }
}

#[test]
fn a_hidden_name_is_not_found_by_a_wildcard() {
    assert_eq!(expanded("f*", Tree(G.0, Some("f1"))), "f2");
    assert_eq!(expanded("d*/x", Tree(G.0, Some("d1"))), "d2/x");
    assert_eq!(expanded("d1/*", Tree(G.0, Some("d1"))), "d1/*");
}

#[test]
fn expansion_is_bounded() {
    assert_eq!(expand(b"*", &mut Tree(G.0, None), 3).len(), 3);
    /// Every directory holds ten directories, without end.
    struct Endless(usize);
    impl GlobFs for Endless {
        fn list(&mut self, _: &[u8]) -> Vec<Vec<u8>> {
            self.0 += 1;
            (0..10).map(|n| vec![b'0' + n]).collect()
        }
        fn is_dir(&mut self, _: &[u8]) -> bool {
            true
        }
        fn exists(&mut self, _: &[u8]) -> bool {
            true
        }
        fn hidden(&mut self, _: &[u8], _: bool) -> bool {
            false
        }
    }
    let mut fs = Endless(0);
    assert_eq!(expand(&[&b"*/".repeat(40)[..], b"x*"].concat(), &mut fs, 100).len(), 1);
    assert!(fs.0 < 2000, "{} directories read", fs.0);
}

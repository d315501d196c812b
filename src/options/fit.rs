//! Whether two vectors can talk to each other: the one a forced command has, and the one its client asked for.

use super::parse::parse_own;
use super::types::{Compress, DeleteWhen, Options};
use crate::escape::Escaped;

/// What a comparison comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// They mean the same for what travels.
    Same,
    /// They can talk, but the client asked for something else in these options.
    Differs(String),
    /// What one side sends the other would take for something else.
    Misfit(String),
}

/// One thing that both vectors say something about.
struct Facet {
    /// As a message names it.
    name: &'static str,
    /// What the vector says; 0 = nothing.
    of: fn(&Options) -> u64,
    /// Both sides have to agree on it: it shapes what travels.
    shapes: Shapes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shapes {
    Always,
    Push,
    Pull,
    Never,
}

const fn on(name: &'static str, shapes: Shapes, of: fn(&Options) -> u64) -> Facet {
    Facet { name, of, shapes }
}

#[rustfmt::skip]
const FACETS: &[Facet] = &[
    on("-s (--secluded-args)", Shapes::Always, |o| u64::from(o.secluded)),
    on("-n (--dry-run)", Shapes::Always, |o| u64::from(o.dry_run)),
    on("--list-only", Shapes::Pull, |o| u64::from(o.list_only)),
    on("-l (--links)", Shapes::Always, |o| u64::from(o.links)),
    on("-o (--owner)", Shapes::Always, |o| u64::from(o.owner)),
    on("-g (--group)", Shapes::Always, |o| u64::from(o.group)),
    on("-D (--devices --specials)", Shapes::Always, |o| u64::from(o.devices) | u64::from(o.specials) << 1),
    on("-H (--hard-links)", Shapes::Always, |o| u64::from(o.hard_links)),
    on("-A (--acls)", Shapes::Always, |o| u64::from(o.acls)),
    on("-X (--xattrs)", Shapes::Always, |o| u64::from(o.xattrs > 0)),
    on("-U (--atimes)", Shapes::Always, |o| u64::from(o.atimes)),
    on("-c (--checksum)", Shapes::Always, |o| u64::from(o.checksum)),
    on("-z (--compress)", Shapes::Always, |o| compression(o.compress)),
    on("--checksum-choice", Shapes::Always, |o| o.checksum_choice.map_or(0, |(a, b)| 1 | sum(a) << 8 | sum(b) << 1)),
    on("--numeric-ids", Shapes::Always, |o| u64::from(o.numeric_ids)),
    on("--append", Shapes::Always, |o| u64::from(o.place.append)),
    on("--inplace", Shapes::Always, |o| u64::from(o.inplace)),
    on("--iconv", Shapes::Always, |o| u64::from(o.iconv)),
    on("--files-from", Shapes::Always, |o| o.files_from.as_ref().map_or(0, |name| 1 | u64::from(name == b"-") << 1)),
    on("-0 (--from0)", Shapes::Always, |o| u64::from(o.from0 && o.files_from.is_some())),
    on("--delete", Shapes::Push, |o| u64::from(o.delete != DeleteWhen::No)),
    on("-m (--prune-empty-dirs)", Shapes::Push, |o| u64::from(o.prune_empty_dirs)),
    on("--only-write-batch", Shapes::Push, |o| u64::from(o.only_write_batch)),
    on("-r (--recursive)", Shapes::Never, |o| u64::from(o.recurse)),
    on("-t (--times)", Shapes::Never, |o| u64::from(o.times)),
    on("-p (--perms)", Shapes::Never, |o| u64::from(o.perms)),
    on("-x (--one-file-system)", Shapes::Never, |o| u64::from(o.one_file_system)),
    // A client that pulls checks the names it gets.
    on("-R (--relative)", Shapes::Pull, |o| u64::from(o.relative)),
    on("-u (--update)", Shapes::Never, |o| u64::from(o.update)),
    on("-I (--ignore-times)", Shapes::Never, |o| u64::from(o.ignore_times)),
    on("-S (--sparse)", Shapes::Never, |o| u64::from(o.sparse)),
    on("-W (--whole-file)", Shapes::Never, |o| u64::from(o.whole_file == Some(true))),
    on("-L (--copy-links)", Shapes::Never, |o| u64::from(o.copy_links)),
    on("-k (--copy-dirlinks)", Shapes::Never, |o| u64::from(o.copy_dirlinks)),
    on("-K (--keep-dirlinks)", Shapes::Never, |o| u64::from(o.keep_dirlinks)),
    on("-E (--executability)", Shapes::Never, |o| u64::from(o.executability)),
    on("-b (--backup)", Shapes::Never, |o| u64::from(o.place.backup)),
    on("--delete-excluded", Shapes::Never, |o| u64::from(o.delete_excluded)),
    on("--remove-source-files", Shapes::Never, |o| u64::from(o.remove_source_files)),
    on("--existing", Shapes::Never, |o| u64::from(o.existing)),
    on("--ignore-existing", Shapes::Never, |o| u64::from(o.ignore_existing)),
];

fn compression(compress: Compress) -> u64 {
    match compress {
        Compress::No => 0,
        Compress::Negotiated => 1,
        Compress::Forced(method) => 2 | (method as u64) << 2,
    }
}

fn sum(algorithm: Option<crate::hash::Algorithm>) -> u64 {
    algorithm.map_or(0, |algorithm| 1 | (algorithm as u64) << 1)
}

/// Compares the vector of a forced command with the client's own (both without a program name). `None` for a client's vector
/// that is no server's.
#[must_use]
pub fn fit(forced: &[Vec<u8>], asked: &[Vec<u8>]) -> Option<Fit> {
    if asked.first().is_none_or(|word| word != b"--server") {
        return None;
    }
    let daemon = |words: &[Vec<u8>]| words.iter().take_while(|word| *word != b".").any(|word| word == b"--daemon");
    match (daemon(forced), daemon(asked)) {
        (true, true) => return Some(Fit::Same),
        (true, false) => {
            let text = "the forced command serves modules (host::module/path), the client asked for a path (host:path)";
            return Some(Fit::Misfit(text.into()));
        }
        (false, true) => {
            let text =
                "the forced command serves a path (host:path), the client asked for a module (host::module/path)";
            return Some(Fit::Misfit(text.into()));
        }
        (false, false) => {}
    }
    let ours = parse_own(forced).options;
    let theirs = parse_own(asked).options;
    if ours.sender != theirs.sender {
        let does = |sender: bool| if sender { "sends (--sender)" } else { "receives" };
        return Some(Fit::Misfit(format!(
            "the forced command {}, the client asked for a server that {}",
            does(ours.sender),
            does(theirs.sender)
        )));
    }
    let direction = if ours.sender { Shapes::Pull } else { Shapes::Push };
    let differing = |shaping: bool| -> Vec<String> {
        let facets = FACETS.iter().filter(|facet| {
            (facet.shapes == Shapes::Always || facet.shapes == direction) == shaping
                && (facet.of)(&ours) != (facet.of)(&theirs)
        });
        facets.map(|facet| told(facet, &ours, &theirs)).collect()
    };
    let shaping = differing(true);
    let others = differing(false);
    let told = |what: &[String]| {
        format!(
            "the forced command says {}, the client asked for {}: {}",
            options_of(forced),
            options_of(asked),
            what.join(", ")
        )
    };
    Some(match (shaping.is_empty(), others.is_empty()) {
        (false, _) => Fit::Misfit(told(&shaping)),
        (true, false) => Fit::Differs(told(&others)),
        (true, true) => Fit::Same,
    })
}

fn told(facet: &Facet, ours: &Options, theirs: &Options) -> String {
    match ((facet.of)(ours), (facet.of)(theirs)) {
        (_, 0) => format!("{} is in the forced command only", facet.name),
        (0, _) => format!("{} is the client's only", facet.name),
        _ => format!("{} has two values", facet.name),
    }
}

/// The options of a vector as its author wrote them.
fn options_of(words: &[Vec<u8>]) -> String {
    let own = |word: &&Vec<u8>| !matches!(word.as_slice(), b"--server" | b"--sender");
    let words: Vec<String> =
        words.iter().take_while(|word| *word != b".").filter(own).map(|word| Escaped(word).to_string()).collect();
    if words.is_empty() { "no options".into() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(forced: &str, asked: &str) -> Option<Fit> {
        let words = |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
        fit(&words(forced), &words(asked))
    }

    #[test]
    fn capabilities_and_verbosity_do_not_matter() {
        let forced = "--server --sender -vnlogDtprxz --numeric-ids . /";
        assert_eq!(compared(forced, "--server --sender -nlogDtprxze.iLsfxCIvu --numeric-ids . /x"), Some(Fit::Same));
    }

    #[test]
    fn a_letter_that_shapes_what_travels_is_named_on_its_side() {
        let base = "--server --sender -vtr . /";
        for letter in ["n", "l", "o", "g", "D", "H", "A", "X", "U", "c", "z", "R"] {
            let more = format!("--server --sender -vtr{letter} . /");
            let Some(Fit::Misfit(text)) = compared(&more, base) else { panic!("{letter}") };
            assert!(text.contains(&format!("-{letter} (")) && text.contains("in the forced command only"), "{text}");
            let Some(Fit::Misfit(text)) = compared(base, &more) else { panic!("{letter}") };
            assert!(text.contains("is the client's only"), "{text}");
        }
    }

    #[test]
    fn a_letter_that_does_not_is_a_difference() {
        for letter in ["t", "p", "r", "x", "u", "I", "S", "W"] {
            let more = format!("--server --sender -vl{letter} . /");
            let found = compared(&more, "--server --sender -vl . /");
            assert!(matches!(found, Some(Fit::Differs(_))), "{letter}: {found:?}");
        }
    }

    #[test]
    fn the_client_of_the_users_story_is_told_what_to_change() {
        let forced = "--server --sender -vnlogDtprxz --numeric-ids . /";
        let found = compared(forced, "--server --sender -vlogDtprxz --numeric-ids . /");
        let text = "the forced command says -vnlogDtprxz --numeric-ids, the client asked for -vlogDtprxz --numeric-ids: \
                    -n (--dry-run) is in the forced command only";
        assert_eq!(found, Some(Fit::Misfit(text.into())));
    }

    #[test]
    fn the_wrong_way_and_the_wrong_kind_are_named() {
        for (forced, asked) in [
            ("--server --sender -r . /", "--server -r . /"),
            ("--server --daemon .", "--server --sender -r . /"),
            ("--server --sender -r . /", "--server --daemon ."),
        ] {
            assert!(matches!(compared(forced, asked), Some(Fit::Misfit(_))), "{forced} | {asked}");
        }
        assert_eq!(compared("--server --sender -r . /", "ls -l"), None);
    }
}

//! The map in `src/lib.rs` against the real imports: rings point down only, rooms import what their ring allows.

#![cfg(test)]

use std::path::{Path, PathBuf};

/// Rooms from the bottom up. A room may import rooms of lower numbers, and those it is named with.
const ORDER: &[(&str, u8)] = &[
    ("limits", 0),
    ("escape", 0),
    ("wire", 1),
    ("hash", 1),
    ("filter", 2),
    ("config", 2),
    ("flist", 2),
    ("delta", 2),
    ("compress", 2),
    ("access", 3),
    ("options", 3),
    ("fs", 4),
    ("net", 5),
    ("os", 5),
    ("check", 6),
    ("secrets", 6),
    ("role", 6),
    ("session", 7),
    ("cli", 8),
    ("daemon", 9),
];

fn level(room: &str) -> Option<u8> {
    ORDER.iter().find(|(name, _)| *name == room).map(|(_, level)| *level)
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Code only: test modules at a file's end, and files of tests, may look anywhere.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn rooms() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .into_iter()
        .filter(|path| !path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests")))
        .filter_map(|path| {
            let inside = path.strip_prefix(&root).unwrap().to_path_buf();
            let room = inside.components().next()?.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
            (room != "lib" && room != "main").then(|| (room, inside.clone(), code(&path)))
        })
        .collect()
}

#[test]
fn every_room_is_on_the_map() {
    let map = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let map: String = map.lines().filter(|line| line.starts_with("//!")).collect();
    for (room, path, _) in rooms() {
        assert!(level(&room).is_some(), "{}: room {room} has no place in the order", path.display());
        assert!(map.contains(&room), "room {room} is not on the map in src/lib.rs");
    }
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (room, path, text) in rooms() {
        let own = level(&room).unwrap();
        for (at, _) in text.match_indices("crate::") {
            let rest = &text[at + "crate::".len()..];
            let names: Vec<String> = if let Some(group) = rest.strip_prefix('{') {
                let group = group.split('}').next().unwrap_or_default();
                group.split(',').map(|item| item.trim().split("::").next().unwrap_or_default().to_owned()).collect()
            } else {
                vec![rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()]
            };
            for name in names.into_iter().filter(|name| *name != room) {
                let Some(other) = level(&name) else { continue };
                if other >= own {
                    wrong.push(format!("{}: {room} imports {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_opened_in_their_room_only() {
    for (room, path, text) in rooms() {
        assert!(room == "fs" || !text.contains("std::fs::"), "{}: std::fs is for the room fs", path.display());
    }
}

#[test]
fn no_file_is_longer_than_a_reader_takes_in() {
    for (_, path, _) in rooms() {
        let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&path);
        let lines = std::fs::read_to_string(full).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
}

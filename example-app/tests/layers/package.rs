//! The modules of a package, and their imports from one another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::source;

/// A file of `src/` that ships.
pub(crate) struct File {
    /// Its path below `src/`.
    pub(crate) path: String,
    /// Its module, from the root of the package.
    module: Vec<String>,
    pub(crate) code: String,
}

pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) folder: PathBuf,
    pub(crate) files: Vec<File>,
}

impl Package {
    /// Reads `src/` of the package that has this folder in the repository.
    pub(crate) fn read(name: &'static str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        let mut files = Vec::new();
        let mut tests = BTreeSet::new();
        for path in rust_files(&folder) {
            let text = fs::read_to_string(folder.join(&path)).unwrap();
            let module = module_of(&path);
            for test in source::test_modules(&text) {
                tests.insert([&module[..], &[test]].concat());
            }
            files.push(File { path, module, code: source::shipped(&text) });
        }
        let is_test =
            |module: &[String]| (1..=module.len()).any(|to| tests.contains(&module[..to]));
        files.retain(|file| !is_test(&file.module));
        assert!(files.len() > 20, "the sources of {name} are not where they were");
        Self { name, folder, files }
    }

    /// Returns the names of the modules, in the order of the alphabet.
    pub(crate) fn modules(&self) -> Vec<String> {
        let modules: BTreeSet<_> =
            self.files.iter().filter_map(|file| file.module.first()).collect();
        modules.into_iter().cloned().collect()
    }

    /// Returns each import of another module: from, to, and the file.
    pub(crate) fn arrows(&self) -> Vec<(String, String, String)> {
        let modules = self.modules();
        let mut arrows = Vec::new();
        for file in &self.files {
            let Some(from) = file.module.first() else { continue };
            for path in file.imports() {
                let to = path.into_iter().next().filter(|to| to != from && modules.contains(to));
                arrows.extend(to.map(|to| (from.clone(), to, file.path.clone())));
            }
        }
        arrows
    }

    /// Returns the pairs of modules that have an arrow.
    pub(crate) fn distinct_arrows(&self) -> BTreeSet<(String, String)> {
        self.arrows().into_iter().map(|(from, to, _)| (from, to)).collect()
    }

    /// Returns the imports of names that the root of the package re-exports: file and name.
    pub(crate) fn imports_from_the_root(&self) -> Vec<(String, String)> {
        let modules = self.modules();
        let in_modules = self.files.iter().filter(|file| !file.module.is_empty());
        let imports = in_modules.flat_map(|file| {
            let names = file.imports().into_iter().filter_map(|path| path.into_iter().next());
            names.map(|name| (file.path.clone(), name))
        });
        imports.filter(|(_, name)| !modules.contains(name)).collect()
    }

    /// Returns the modules that contain modules, except for the root.
    pub(crate) fn parents(&self) -> BTreeSet<Vec<String>> {
        let parents = self.files.iter().filter_map(|file| {
            let (_, parent) = file.module.split_last()?;
            (!parent.is_empty()).then(|| parent.to_vec())
        });
        parents.collect()
    }

    /// Returns modules directly below `parent` that import from one another in a circle. Each
    /// includes the modules below it. A module's own file is one more, `self`; further down, a
    /// module and the modules below it are one thing, and only those beside one another are looked
    /// at.
    pub(crate) fn circle_within(&self, parent: &[String]) -> Option<Vec<String>> {
        let depth = parent.len();
        let files: Vec<_> =
            self.files.iter().filter(|file| file.module.starts_with(parent)).collect();
        let modules: BTreeSet<&str> =
            files.iter().filter_map(|file| file.module.get(depth)).map(String::as_str).collect();
        let own = files.iter().find(|file| file.module.len() == depth);
        let exported = own.map(|own| own.re_exports(&modules)).unwrap_or_default();
        let target = |path: &[String]| {
            let name = path.get(depth).map_or("", String::as_str);
            let of_own = exported.get(name).map_or("self", String::as_str);
            let target = if modules.contains(name) { name } else { of_own };
            path.starts_with(parent).then(|| target.to_owned())
        };
        let mut arrows = BTreeMap::<String, BTreeSet<String>>::new();
        for file in files {
            let from = file.module.get(depth).map_or("self", String::as_str);
            let imported = file.imports().into_iter().filter_map(|path| target(&path));
            let children = if from == "self" { file.uses_of(&modules) } else { Vec::new() };
            let to = imported.chain(children).filter(|to| to != from);
            arrows.entry(from.to_owned()).or_default().extend(to);
        }
        if depth > 1 {
            arrows.remove("self");
        }
        circle(&arrows)
    }
}

impl File {
    /// Returns what the file imports of its own package, as paths from the root.
    fn imports(&self) -> Vec<Vec<String>> {
        let paths = source::paths(&self.code, &["crate", "super", "self"]);
        paths.iter().filter_map(|path| absolute(&self.module, path)).collect()
    }

    /// Returns the names that the file re-exports of its child modules, each with its module.
    fn re_exports(&self, modules: &BTreeSet<&str>) -> BTreeMap<String, String> {
        let roots: Vec<_> = modules.iter().copied().collect();
        let items = self.code.split(';').filter(|item| is_re_export(item));
        let paths = items.flat_map(|item| source::paths(item, &roots));
        let pairs = paths.filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())));
        pairs.collect()
    }

    /// Returns the child modules that the file itself makes use of.
    fn uses_of(&self, modules: &BTreeSet<&str>) -> Vec<String> {
        let roots: Vec<_> = modules.iter().copied().collect();
        let items = self.code.split(';').filter(|item| !is_re_export(item));
        let paths = items.flat_map(|item| source::paths(item, &roots));
        paths.filter_map(|path| path.into_iter().next()).collect()
    }
}

/// Returns whether the code that ends with a `;` is a `pub use` or a `pub(crate) use`.
fn is_re_export(item: &str) -> bool {
    let mut item = item.trim_start();
    // An attribute such as `#[cfg(feature = "x")]`.
    while let Some((_, after)) = item.strip_prefix("#[").and_then(|item| item.split_once(']')) {
        item = after.trim_start();
    }
    item.starts_with("pub") && source::words(item).take(3).any(|word| word == "use")
}

/// Returns the path from the root, for a path written in `module`.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut base = module.to_vec();
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => drop(base.pop()?),
            "self" => {}
            _ => break,
        }
        rest = after;
    }
    base.extend(rest.iter().filter(|name| *name != "self").cloned());
    Some(base)
}

/// Returns nodes that lead to one another in a circle, the first of them again at the end.
fn circle(arrows: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|start| circle_from(start, arrows, &mut Vec::new(), &mut done))
}

fn circle_from(
    node: &str,
    arrows: &BTreeMap<String, BTreeSet<String>>,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|passed| passed == node) {
        return Some([&way[start..], &[node.to_owned()]].concat());
    }
    if !done.insert(node.to_owned()) {
        return None;
    }
    way.push(node.to_owned());
    let found = arrows
        .get(node)
        .into_iter()
        .flatten()
        .find_map(|next| circle_from(next, arrows, way, done));
    way.pop();
    found
}

/// Returns the paths of the Rust files below a folder, with `/` between their parts.
fn rust_files(folder: &Path) -> Vec<String> {
    let mut folders = vec![folder.to_path_buf()];
    let mut files = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(folder).unwrap().to_str().unwrap();
                files.push(below.replace('\\', "/"));
            }
        }
    }
    files.sort();
    files
}

/// Returns the module of a file of `src/`.
fn module_of(path: &str) -> Vec<String> {
    let names = path.trim_end_matches(".rs").split('/').map(str::to_owned);
    let mut module: Vec<_> = names.collect();
    let last = module.last().map_or("", String::as_str);
    if last == "mod" || (module.len() == 1 && ["lib", "main"].contains(&last)) {
        module.pop();
    }
    module
}

#[test]
fn finds_circles() {
    let arrows = |pairs: &[(&str, &str)]| {
        let mut arrows = BTreeMap::<String, BTreeSet<String>>::new();
        for (from, to) in pairs {
            arrows.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        arrows
    };
    assert_eq!(circle(&arrows(&[("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")])), None);
    let found = circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")])).unwrap();
    assert_eq!(found, ["b", "c", "d", "b"]);
}

#[test]
fn resolves_paths_from_the_root() {
    let module = ["a", "b"].map(str::to_owned);
    let resolved = |path: &str| {
        let path: Vec<_> = path.split("::").map(str::to_owned).collect();
        absolute(&module, &path).map(|path| path.join("::"))
    };
    assert_eq!(resolved("crate::c::D").as_deref(), Some("c::D"));
    assert_eq!(resolved("super::c::self").as_deref(), Some("a::c"));
    assert_eq!(resolved("self::c").as_deref(), Some("a::b::c"));
    assert_eq!(resolved("super::super::c").as_deref(), Some("c"));
    assert_eq!(resolved("super::super::super::c"), None);
}

//! The order of the modules in each package. The modules are those at the top of `src/`. Data flows
//! one way: a module imports from those before it in the order, never from those beside or after.
//! The folders are read as they are, so a new module needs a place in the order and nothing else.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod package;
mod source;

use std::fs;

use package::Package;

/// The packages with their orders: `a ← b, c` means that `b` and `c` may import from `a`, and not
/// from each other.
const ORDERS: &[(&str, &str)] = &[
    ("core", "emit ← time ← credentials ← sigv4 ← sign, verify ← conversation ← formats"),
    (
        "std-adapter",
        "clock, read, sign ← identity, verify ← config ← http ← provider ← cache ← client",
    ),
    (
        "example-app",
        "sandbox, system ← configuration, s3, signing ← transfer ← report, s3a ← command ← cli",
    ),
];

const MOST_MODULES: usize = 10;
const MOST_ARROWS: usize = 40;

/// The modules that the conversations without a signature may import from.
const UNSIGNED: &[&str] = &["emit", "time", "credentials"];

#[test]
fn imports_only_from_earlier_modules() {
    for (package, order) in packages() {
        let tiers: Vec<Vec<&str>> =
            order.split('←').map(|tier| tier.split(',').map(str::trim).collect()).collect();
        let tier_of = |module: &str| {
            let place = tiers.iter().position(|tier| tier.contains(&module));
            place.unwrap_or_else(|| panic!("{}: the order has no place for {module}", package.name))
        };
        for (from, to, path) in package.arrows() {
            assert!(tier_of(&to) < tier_of(&from), "{from} imports {to} in {path}");
        }
    }
}

#[test]
fn names_each_module_once_in_the_order() {
    for (package, order) in packages() {
        let mut named: Vec<_> = order.split(['←', ',']).map(str::trim).collect();
        named.sort_unstable();
        assert_eq!(package.modules(), named, "{}", package.name);
    }
}

#[test]
fn keeps_modules_and_arrows_few() {
    for (package, _) in packages() {
        let (modules, arrows) = (package.modules(), package.distinct_arrows());
        println!("{}: {} modules, {} arrows", package.name, modules.len(), arrows.len());
        assert!(modules.len() <= MOST_MODULES, "{}: {modules:?}", package.name);
        assert!(arrows.len() <= MOST_ARROWS, "{}: {arrows:?}", package.name);
    }
}

#[test]
fn imports_name_the_module_that_defines_a_thing() {
    for (package, _) in packages() {
        let imports = package.imports_from_the_root();
        assert!(imports.is_empty(), "{}: name the module: {imports:?}", package.name);
    }
}

#[test]
fn imports_without_a_circle_within_folders() {
    for (package, _) in packages() {
        for parent in package.parents() {
            if let Some(circle) = package.circle_within(&parent) {
                panic!("{}/src/{}: {}", package.name, parent.join("/"), circle.join(" → "));
            }
        }
    }
}

#[test]
fn signs_in_no_conversation_but_sts() {
    let core = Package::read("core");
    for (from, to, path) in core.arrows().into_iter().filter(|(from, ..)| from == "conversation") {
        let may_sign = path.starts_with("conversation/sts") || path == "conversation/signature.rs";
        assert!(may_sign || UNSIGNED.contains(&to.as_str()), "{from} imports {to} in {path}");
    }
}

#[test]
fn uses_no_std_allocator_or_unsafe_in_core() {
    let core = Package::read("core");
    for file in &core.files {
        for word in source::words(&file.code) {
            let is_foreign = ["std", "alloc", "unsafe", "extern"].contains(&word);
            assert!(!is_foreign, "{word} in {}", file.path);
        }
    }
    let root = fs::read_to_string(core.folder.join("lib.rs")).unwrap();
    for attribute in ["#![no_std]", "#![forbid(unsafe_code)]"] {
        assert!(root.lines().any(|line| line == attribute), "{attribute}");
    }
}

fn packages() -> Vec<(Package, &'static str)> {
    ORDERS.iter().map(|(name, order)| (Package::read(name), *order)).collect()
}

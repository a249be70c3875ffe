//! Where the files are.
//!
//! Source: "Hadoop Cluster Setup", Configuring Environment of Hadoop Daemons; "Generic Options"
//! (Hadoop Commands Guide).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where the distributions install it, Amazon EMR among them.
const INSTALLED: &str = "/etc/hadoop/conf";
const CORE_SITE: &str = "core-site.xml";

/// The files that there are, in the order in which Hadoop reads them: `core-site.xml` in
/// `hadoop_conf_dir`, which is the variable `HADOOP_CONF_DIR`, or where that is not set in
/// `/etc/hadoop/conf`; then those of `-conf`. A `core-site.xml` may be missing.
pub fn files(hadoop_conf_dir: Option<&OsStr>, conf: &[PathBuf]) -> Vec<PathBuf> {
    let directory = hadoop_conf_dir.filter(|directory| !directory.is_empty());
    let core_site = Path::new(directory.unwrap_or(OsStr::new(INSTALLED))).join(CORE_SITE);
    let core_site = Some(core_site).filter(|path| path.exists());
    core_site.into_iter().chain(conf.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_site_comes_first_if_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let conf = [PathBuf::from("a.xml"), PathBuf::from("b.xml")];
        assert_eq!(files(Some(folder.path().as_os_str()), &conf), conf);
        let core_site = folder.path().join("core-site.xml");
        std::fs::write(&core_site, "").unwrap();
        let found = files(Some(folder.path().as_os_str()), &conf);
        assert_eq!(found, [core_site, conf[0].clone(), conf[1].clone()]);
    }
}

//! Where the files are.
//!
//! Source: "Hadoop Cluster Setup", Configuring Environment of Hadoop Daemons; "Generic Options"
//! (Hadoop Commands Guide).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where the distributions install it, Amazon EMR among them.
const INSTALLED: &str = "/etc/hadoop/conf";
const CORE_SITE: &str = "core-site.xml";
/// EMRFS's settings, and where Amazon EMR keeps them.
const EMRFS_SITE: &str = "emrfs-site.xml";
const EMRFS_INSTALLED: &str = "/usr/share/aws/emr/emrfs/conf";

/// The files that there are, in the order in which Hadoop reads them: `core-site.xml` in
/// `hadoop_conf_dir`, which is the variable `HADOOP_CONF_DIR`, or where that is not set in
/// `/etc/hadoop/conf`; then `emrfs-site.xml` beside it, or where nothing else is named where Amazon
/// EMR keeps it; then those of `-conf`. Only those of `-conf` must be there.
pub fn files(hadoop_conf_dir: Option<&OsStr>, conf: &[PathBuf]) -> Vec<PathBuf> {
    let directory = hadoop_conf_dir.filter(|directory| !directory.is_empty());
    let directory = Path::new(directory.unwrap_or(OsStr::new(INSTALLED)));
    let is_installed = directory == Path::new(INSTALLED);
    let emrfs = is_installed.then(|| Path::new(EMRFS_INSTALLED).join(EMRFS_SITE));
    let there = |path: &PathBuf| path.exists();
    let emrfs = Some(directory.join(EMRFS_SITE)).filter(there).or(emrfs.filter(there));
    let core_site = Some(directory.join(CORE_SITE)).filter(there);
    core_site.into_iter().chain(emrfs).chain(conf.iter().cloned()).collect()
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
        assert_eq!(found, [core_site.clone(), conf[0].clone(), conf[1].clone()]);
        let emrfs = folder.path().join("emrfs-site.xml");
        std::fs::write(&emrfs, "").unwrap();
        let found = files(Some(folder.path().as_os_str()), &conf[..1]);
        assert_eq!(found, [core_site, emrfs, conf[0].clone()]);
    }
}

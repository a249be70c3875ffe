//! The places of Hadoop's configuration files.
//!
//! Source: "Hadoop Cluster Setup", Configuring Environment of Hadoop Daemons; "Generic Options"
//! (Hadoop Commands Guide).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The directory in which the distributions, Amazon EMR among them, install the configuration.
const INSTALLED: &str = "/etc/hadoop/conf";
const CORE_SITE: &str = "core-site.xml";
/// The file of EMRFS's settings.
const EMRFS_SITE: &str = "emrfs-site.xml";
/// The directory in which Amazon EMR keeps it.
const EMRFS_INSTALLED: &str = "/usr/share/aws/emr/emrfs/conf";

/// Returns the existing files, in the order in which Hadoop reads them:
///
/// 1. `core-site.xml` in `hadoop_conf_dir` (the variable `HADOOP_CONF_DIR`), by default
///    `/etc/hadoop/conf`.
/// 2. `emrfs-site.xml` beside it. In the default directory, also the one that Amazon EMR installs.
/// 3. The files of `-conf`, which must exist.
pub fn files(hadoop_conf_dir: Option<&OsStr>, conf: &[PathBuf]) -> Vec<PathBuf> {
    let directory = hadoop_conf_dir.filter(|directory| !directory.is_empty());
    let directory = Path::new(directory.unwrap_or(OsStr::new(INSTALLED)));
    let is_installed = directory == Path::new(INSTALLED);
    let emrfs = is_installed.then(|| Path::new(EMRFS_INSTALLED).join(EMRFS_SITE));
    let exists = |path: &PathBuf| path.exists();
    let emrfs = Some(directory.join(EMRFS_SITE)).filter(exists).or(emrfs.filter(exists));
    let core_site = Some(directory.join(CORE_SITE)).filter(exists);
    core_site.into_iter().chain(emrfs).chain(conf.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_core_site_before_emrfs_and_conf() {
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

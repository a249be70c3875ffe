//! The services whose endpoint does not follow from their name alone.

/// One service a line: its name in the AWS CLI and in botocore, the host, the signing name, the
/// service id in settings, and the region of the signature. A region `-` is the one that is asked
/// for; another one is that of a global service. Of the host, `{dns}` is the partition's suffix,
/// and `{dual}` the suffix of hosts that have IPv4 and IPv6.
///
/// Source: botocore 1.44.5, `service-2.json` and `endpoint-rule-set-1.json`, against which
/// `tests/servers/checks/service_endpoints.py` holds it.
const SERVICES: &str = include_str!("services.txt");

/// The row of a service.
#[derive(Clone, Copy)]
pub(super) struct Row<'t> {
    pub(super) host: &'t str,
    pub(super) signing_name: &'t str,
    /// Its name in `AWS_ENDPOINT_URL_…`, in lower case, and in `[services …]`.
    pub(super) id: &'t str,
    /// The region of a service that is in one place for all of the partition `aws`.
    pub(super) only_region: Option<&'t str>,
}

/// Finds a service by its name, else by the label of its hosts if only one service has it.
pub(super) fn find(name: &str) -> Option<Row<'static>> {
    let rows = || SERVICES.lines().filter_map(row);
    if let Some((_, row)) = rows().find(|(of, _)| *of == name) {
        return Some(row);
    }
    let has_label = |row: &Row<'_>| {
        row.host.strip_prefix(name).is_some_and(|rest| rest.starts_with(".{region}"))
    };
    let mut labelled = rows().map(|(_, row)| row).filter(has_label);
    labelled.next().filter(|_| labelled.next().is_none())
}

fn row(line: &'static str) -> Option<(&'static str, Row<'static>)> {
    let mut columns = line.split(' ');
    let name = columns.next()?;
    let (host, signing_name) = (columns.next()?, columns.next()?);
    let (id, only_region) = (columns.next()?, columns.next().filter(|region| *region != "-"));
    Some((name, Row { host, signing_name, id, only_region }))
}

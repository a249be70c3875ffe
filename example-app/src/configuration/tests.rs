use super::*;

mod corpus;

/// Reads `core-site.xml` of these files, and then those whose names begin with `conf`.
fn read(files: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut configuration = Configuration::default().with_old_names(&[("old.name", "new.name")]);
    configuration.add_file(&folder.path().join("core-site.xml"))?;
    for (name, _) in files.iter().filter(|(name, _)| name.starts_with("conf")) {
        configuration.add_file(&folder.path().join(name))?;
    }
    Ok(configuration)
}

fn one(properties: &str) -> Configuration {
    read(&[("core-site.xml", &format!("<configuration>{properties}</configuration>"))]).unwrap()
}

fn value(configuration: &Configuration, name: &str) -> Option<String> {
    configuration.get(name).unwrap().map(|setting| setting.value.to_string())
}

#[test]
fn reads_properties_from_elements_and_attributes() {
    let configuration = one("
        <property><name> a </name><value> 1&lt;&#50; </value><description>n<b>v</b></description>
        </property>
        <property name='b' value='x&amp;y' final='true'/>
        <property name='c' value='x'><value>y</value></property>
        <property><name>d</name><value><![CDATA[<&]]>é</value></property>
        <property><name>e</name></property>
        <property><name>f</name><value></value></property>
        <property><value>g</value></property>
        <!-- <property><name>h</name><value>1</value></property> -->
        <other><name>i</name><value>1</value></other>");
    for (name, expected) in [
        ("a", Some("1<2")),
        ("b", Some("x&y")),
        ("c", Some("y")),
        ("d", Some("<&é")),
        ("e", None),
        ("f", None),
        ("h", None),
        ("i", None),
    ] {
        assert_eq!(value(&configuration, name).as_deref(), expected, "{name}");
    }
    assert_eq!(configuration.names("").collect::<Vec<_>>(), ["a", "b", "c", "d"]);
}

#[test]
fn keeps_the_last_value_unless_an_earlier_one_is_final() {
    let site = "<configuration>
        <property><name>a</name><value>1</value></property>
        <property><name>a</name><value>2</value></property>
        <property><name>b</name><value>1</value><final>true</final></property>
        <property><name>b</name><value>2</value></property>
        <property><name>c</name><value>1</value></property>
        <property><name>d</name><value>1</value></property>
        </configuration>";
    let conf = "<configuration>
        <property><name>b</name><value>3</value></property>
        <property><name>c</name><value>3</value></property>
        <property><name>d</name><value></value></property>
        </configuration>";
    let mut configuration = read(&[("core-site.xml", site), ("conf.xml", conf)]).unwrap();
    let values = ["a", "b", "c", "d"].map(|name| value(&configuration, name).unwrap());
    assert_eq!(values, ["2", "1", "3", "1"]);
    let lines = configuration.ignored().iter().map(|ignored| match &ignored.at {
        ValueOrigin::File { path, line } => {
            (ignored.name.as_str(), path.file_name().unwrap().to_str().unwrap().to_owned(), *line)
        }
        _ => unreachable!(),
    });
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [("b", "core-site.xml".to_owned(), 5), ("b", "conf.xml".to_owned(), 2)]
    );
    configuration.define(&"b= 4 ".parse().unwrap()).unwrap();
    assert_eq!(value(&configuration, "b").as_deref(), Some("4"));
    configuration.define(&"b=".parse().unwrap()).unwrap();
    assert_eq!(value(&configuration, "b"), None);
    assert!(configuration.define(&"b".parse().unwrap()).is_err());
    assert!(configuration.define(&"=x".parse().unwrap()).is_err());
}

#[test]
fn includes_files() {
    let site = "<configuration xmlns:xi='http://www.w3.org/2001/XInclude'>
        <property><name>a</name><value>1</value></property>
        <xi:include href='more.xml'><xi:fallback>
            <property><name>b</name><value>fallback</value></property>
        </xi:fallback></xi:include>
        <xi:include href='none.xml'><xi:fallback>
            <property><name>c</name><value>fallback</value></property>
        </xi:fallback></xi:include>
        <include href='none.xml'><fallback/></include>
        </configuration>";
    let more = "<configuration><property><name>a</name><value>2</value></property></configuration>";
    let configuration = read(&[("core-site.xml", site), ("more.xml", more)]).unwrap();
    let values = ["a", "b", "c"].map(|name| value(&configuration, name));
    assert_eq!(values, [Some("2".to_owned()), None, Some("fallback".to_owned())]);
    let setting = configuration.get("a").unwrap().unwrap();
    assert!(setting.origin.to_string().ends_with("more.xml:1"), "{}", setting.origin);
}

#[test]
fn names_file_and_line_in_errors() {
    for (text, expected) in [
        ("", "core-site.xml:1: the file is empty"),
        ("<conf/>", "core-site.xml:1: the first element is not <configuration>"),
        ("<configuration>\n<property>", "core-site.xml:2:"),
        ("<configuration>\n<a></b></configuration>", "core-site.xml:2:"),
        (
            "<configuration><property><name>&x;</name></property></configuration>",
            "core-site.xml:1: unknown entity",
        ),
        (
            "<configuration><property name='a' value='b&x;'/></configuration>",
            "core-site.xml:1: unknown entity",
        ),
        (
            "<configuration>\n<include href='none'/></configuration>",
            "core-site.xml:2: `none' cannot be included (no such file): correct href",
        ),
        (
            "<configuration><include href='http://h/x'/></configuration>",
            "core-site.xml:1: `http://h/x' cannot be included (only files are read)",
        ),
        (
            "<configuration><include href='core-site.xml'/></configuration>",
            "core-site.xml:1: `core-site.xml' cannot be included (includes are nested too deeply)",
        ),
    ] {
        let error = read(&[("core-site.xml", text)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn reads_old_names_as_new_ones() {
    let configuration = one("<property><name>old.name</name><value>1</value></property>
         <property><name>a</name><value>${old.name}</value></property>");
    assert_eq!(value(&configuration, "new.name").as_deref(), Some("1"));
    assert_eq!(value(&configuration, "old.name").as_deref(), Some("1"));
    assert_eq!(value(&configuration, "a").as_deref(), Some("1"));
    assert_eq!(configuration.get("old.name").unwrap().unwrap().written, "old.name");
}

#[test]
fn expands_the_entities_of_a_file() {
    let site = "<?xml version='1.0'?>
        <!DOCTYPE configuration [
          <!ENTITY host 's3.example.com'>
          <!ENTITY url 'https://&host;:443'>
        ]>
        <configuration>
        <property><name>a</name><value>&url;/x</value></property>
        <property name='b' value='&host;&amp;'/>
        </configuration>";
    let configuration = read(&[("core-site.xml", site)]).unwrap();
    assert_eq!(value(&configuration, "a").as_deref(), Some("https://s3.example.com:443/x"));
    assert_eq!(value(&configuration, "b").as_deref(), Some("s3.example.com&"));
    let external = "<!DOCTYPE configuration [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n\
        <configuration><property><name>a</name><value>&x;</value></property></configuration>";
    let error = read(&[("core-site.xml", external)]).unwrap_err().to_string();
    assert!(error.contains("core-site.xml:2: external entities are not read"), "{error}");
}

#[test]
fn reads_other_encodings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core-site.xml");
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<configuration>\
        <property><name>a</name><value>\xfc</value></property></configuration>";
    std::fs::write(&path, latin).unwrap();
    let mut configuration = Configuration::default();
    configuration.add_file(&path).unwrap();
    assert_eq!(value(&configuration, "a").as_deref(), Some("ü"));
    std::fs::write(&path, b"<configuration>\n\xfc</configuration>").unwrap();
    let error = configuration.add_file(&path).unwrap_err().to_string();
    assert!(error.contains("core-site.xml:2: the file is not UTF-8: convert it"), "{error}");
}

#[test]
fn hides_values_in_debug() {
    let configuration = one("<property><name>k</name><value>hush</value></property>");
    assert_eq!(format!("{configuration:?}"), r#"{"k"}"#);
}

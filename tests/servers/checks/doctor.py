#!/usr/bin/env python3
"""Checks that rolefs -doctor names the cause of staged failures, and leaves nothing behind.

    doctor.py ROLEFS SANDBOX

Each failure is staged against a server of others (SeaweedFS with and without TLS, Swift, squid, the
sandbox) or a scripted one, and must be reported within two seconds: the step that fails first, the
key words of the remedy. No report may show a secret, and no object and no upload may be left.
"""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys
import time

from harness import fakes
from harness.certificates import Authority
from harness.checks import Checks, expect
from harness.credential_runs import Rolefs
from harness.doctor.scripted import (
    Response,
    deaf,
    delaying,
    denying,
    front,
    instance,
    refusing,
    serving,
    tls_server,
)
from harness.doctor.trial import PATH, Trial, expect_empty
from harness.network.trial import NAMES, QUOTED, S3_NAME, STS_NAME, SeaweedFSOverTls, scratch_folder
from harness.servers import BIND, ROLE_BUCKET, Keys, Sandbox, Squid, Swift, free_ports
from harness.servers.proxies import PASSWORD, USER

ROLE = "arn:aws:iam::111122223333:role/uploader"
REFUSAL = '{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role"}'


def metadata(trial: Trial) -> None:
    """Stages what tutorials describe of the metadata service."""
    quick = {"AWS_METADATA_SERVICE_TIMEOUT": "0.3", "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1"}
    trial = trial.with_variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", **quick)
    refused: Response = (200, REFUSAL)
    for label, script, words in (
        ("no role attached", instance(), ("no role is attached", "associate-iam-instance-profile")),
        ("hop limit of a container", instance(token=None), ("hop-limit 2", "Pod Identity")),
        ("IMDSv1 only", instance(token=(404, "")), ("IMDSv2", "IMDSv1 is never used")),
        ("switched off", instance(token=(403, "")), ("--http-endpoint enabled",)),
        ("no trust in EC2", instance(role=refused), ("ec2.amazonaws.com", "trust policy")),
        ("a web page", lambda *_: (200, "<html>Sign in</html>"), ("AWS_EC2_METADATA_SERVICE_END",)),
    ):
        with serving(script) as url:
            at = trial.with_variables(AWS_EC2_METADATA_SERVICE_ENDPOINT=url)
            at.names(label, "metadata", *words)
    closed = f"http://{BIND}:{free_ports(1)[0]}"
    at = trial.with_variables(AWS_EC2_METADATA_SERVICE_ENDPOINT=closed)
    at.names("no instance", "metadata", "EC2 instance", "give credentials another way")
    at = trial.with_variables(AWS_EC2_METADATA_SERVICE_ENDPOINT="https://x")
    at.names("no URL", "metadata", "must be an http URL")


def credentials(trial: Trial) -> None:
    """Stages missing, broken and expired credentials of each kind."""
    none = trial.with_variables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    web = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": trial.rolefs.file("jwt", "a.b.c")}
    uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    none.names("no provider", "credentials", "attach a role", "AWS_PROFILE")
    pod = none.with_variables(KUBERNETES_SERVICE_HOST="10.0.0.1")
    pod.names("a pod without a role", "credentials", "eks.amazonaws.com/role-arn", "Pod Identity")
    half = trial.with_variables("AWS_SECRET_ACCESS_KEY")
    half.names("half a pair of keys", "credentials", "AWS_SECRET_ACCESS_KEY is not", "set both")
    temporary = trial.with_variables(AWS_ACCESS_KEY_ID="ASIAIOSFODNN7EXAMPLE")
    temporary.names("temporary keys alone", "credentials", "AWS_SESSION_TOKEN", "ASIA...MPLE")
    expired = trial.with_variables(AWS_CREDENTIAL_EXPIRATION="2015-08-30T12:36:00Z")
    expired.names("expired keys", "credentials", "has passed")
    profile = none.with_variables(AWS_PROFILE="absent")
    profile.names("no such profile", "environment", "absent")
    half = none.with_variables(AWS_ROLE_ARN=ROLE)
    half.names("IRSA without a token", "environment", "AWS_WEB_IDENTITY_TOKEN_FILE", "recreate")
    half = none.with_variables(AWS_WEB_IDENTITY_TOKEN_FILE="/x")
    half.names("IRSA without a role", "credentials", "AWS_ROLE_ARN is not", "eks.amazonaws.com")
    absent = none.with_variables(**{**web, "AWS_WEB_IDENTITY_TOKEN_FILE": "/absent/jwt"})
    absent.names("IRSA without a mount", "credentials", "/absent/jwt", "is mounted")
    with fakes.serving() as sts:
        denied = {**web, "AWS_ENDPOINT_URL_STS": sts, "AWS_ROLE_ARN": f"{ROLE}/Denied"}
        words = ("AccessDenied", "sts:AssumeRoleWithWebIdentity", "system:serviceaccount")
        none.with_variables(**denied).names("IRSA without trust", "credentials", *words)
        task = none.with_variables(**{uri: f"{sts}/refused"})
        task.names("a task without a role", "credentials", "taskRoleArn", "not for you")
    agent = ("eks-pod-identity-agent", "list-pod-identity-associations", "pods.eks.amazonaws.com")
    with serving(lambda *_: (404, '{"message": "no association"}')) as url:
        here = {uri: f"{url}/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "s3cr3t-token"}
        trial.rolefs.secrets.add("s3cr3t-token")
        none.with_variables(**here).names("Pod Identity without association", "credentials", *agent)
        here = {uri: f"{url}/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/absent"}
        none.with_variables(**here).names("Pod Identity without a mount", "credentials", *agent)


def configuration(trial: Trial) -> None:
    """Stages files, settings, regions and endpoints that are wrong."""
    broken = trial.rolefs.file("conf/core-site.xml", "<configuration><property>")
    trial.with_options("-conf", broken).names("a broken file", "configuration", broken)
    wrong = trial.with_options("-D", "fs.s3a.multipart.size=64MB")
    wrong.names("a wrong value", "configuration", "fs.s3a.multipart.size", "-showConfig")
    other = trial.with_options("-D", "fs.s3a.aws.credentials.provider=org.example.Own")
    other.names("a foreign provider", "configuration", "org.example.Own")
    aws = trial.with_variables("AWS_ENDPOINT_URL_S3", AWS_DEFAULT_REGION="")
    aws.names("no region", "endpoint", "no region", "--region")
    aws = aws.with_options("--endpoint", "https://s3.eu-west-1.amazonaws.com")
    aws = aws.with_options("--region", "eu-west-2")
    aws.names("two regions", "endpoint", "give --region eu-west-1")


def connections(trial: Trial, server: SeaweedFSOverTls, authority: Authority) -> None:
    """Stages names, ports and certificates that are wrong."""
    (closed,) = free_ports(1)
    tls = f"https://localhost:{server.tls_port}"
    trusted = trial.with_variables(AWS_CA_BUNDLE=str(authority.certificate))
    late = authority.sign("late", NAMES, start="9 days ago")
    for label, at, url, step, words in (
        ("no such name", trial, "http://name.invalid", "dns", ("name.invalid", "HTTPS_PROXY")),
        ("a closed port", trial, f"http://{BIND}:{closed}", "tcp", ("refused", "security groups")),
        ("an unknown authority", trial, tls, "tls", ("AWS_CA_BUNDLE", "CN=A private authority")),
        (
            "TLS to a plain port",
            trusted,
            server.endpoint.replace("http", "https"),
            "tls",
            ("http://",),
        ),
        ("plain HTTP to TLS", trial, tls.replace("https", "http"), "signature", ("https://",)),
        (
            "no certificates",
            trial.with_variables(AWS_CA_BUNDLE="/absent.pem"),
            tls,
            "tls",
            ("/absent.pem", "AWS_CA_BUNDLE"),
        ),
    ):
        at.with_variables(AWS_ENDPOINT_URL_S3=url).names(label, step, *words)
    with tls_server(late) as url:
        at = trusted.with_variables(AWS_ENDPOINT_URL_S3=url)
        at.names("an expired certificate", "tls", "renewed", "clock")
    with tls_server(authority.sign("other", "DNS:other.test")) as url:
        at = trusted.with_variables(AWS_ENDPOINT_URL_S3=url)
        at.names("another name", "tls", "subjectAltName", "localhost")
    with deaf() as url:
        at = trial.with_options("-D", "fs.s3a.connection.establish.timeout=300ms")
        at = at.with_variables(AWS_ENDPOINT_URL_S3=url)
        at.names("a firewall", "tcp", "timed out", "HTTPS_PROXY")
    trusted.with_variables(AWS_ENDPOINT_URL_S3=tls).is_well("SeaweedFS by TLS")
    for label, response in (
        ("a portal", (200, "<html>Sign in</html>")),
        ("no S3", (404, "nothing")),
    ):
        with serving(lambda *_, response=response: response) as url:
            at = trial.with_variables(AWS_ENDPOINT_URL_S3=url)
            at.names(label, "signature", "--endpoint")


def proxies(trial: Trial, server: SeaweedFSOverTls, squid: Squid, authority: Authority) -> None:
    """Stages proxies that refuse, or are not there."""
    (closed,) = free_ports(1)
    trial = trial.with_variables(
        AWS_CA_BUNDLE=str(authority.certificate),
        AWS_ENDPOINT_URL_S3=f"https://{S3_NAME}:{server.tls_port}",
    )
    at = f"{BIND}:{squid.port}"
    for label, url, words in (
        ("a wrong password", f"http://{USER}:wr0ng@{at}", ("407", "correct them")),
        ("no password", f"http://{at}", ("407", "USER:PASSWORD@HOST:PORT")),
        ("a closed proxy", f"http://{BIND}:{closed}", ("HTTPS_PROXY", "refused")),
        ("a SOCKS proxy", "socks5://u:wr0ng@p:1", ("SOCKS",)),
    ):
        trial.with_variables(HTTPS_PROXY=url).names(label, "proxy", *words)
    trial = trial.with_variables(HTTPS_PROXY=f"http://{QUOTED}@{at}")
    trial.is_well("SeaweedFS through squid")
    forbidden = trial.with_variables(AWS_ENDPOINT_URL_S3="https://forbidden.test")
    forbidden.names("a forbidden host", "proxy", "403", "NO_PROXY")


def clocks(trial: Trial, keeps: Trial) -> None:
    """Stages clocks that are off: refused, corrected, and tolerated."""
    for label, offset, at, words in (
        ("a clock that is refused", "+20m", keeps, ("NTP", "refuses")),
        ("a clock that is corrected", "+20m", trial, ("ahead of S3's", "rolefs corrects", "NTP")),
        ("a clock that is slow", "-7m", trial, ("behind S3's", "NTP")),
    ):
        at.at_another_time(offset).names(label, "clock", *words)


def keys(trial: Trial, server: SeaweedFSOverTls, sandbox: Sandbox) -> None:
    """Stages keys that S3 does not accept."""
    for label, changes, words in (
        ("a wrong secret", {"AWS_SECRET_ACCESS_KEY": "x" * 40}, ("does not belong",)),
        ("an unknown key", {"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000"}, ("not known there",)),
    ):
        trial.with_variables(**changes).names(label, "signature", *words)
    role = sandbox.role()
    trial.rolefs.secrets |= {role.secret_access_key, role.session_token or ""}
    other = Keys(role.access_key_id, role.secret_access_key, "IQoJb3JpZ2luX2Vj" + "A" * 400)
    at = trial.of(sandbox, **other.environment())
    at.names("another session token", "signature", "session token")
    expired = refusing({"list"}, 400, "ExpiredToken", "The provided token has expired.")
    with front(server.endpoint, expired) as url:
        at = trial.with_variables(AWS_ENDPOINT_URL_S3=url)
        at.names("an expired token", "signature", "fetch new credentials")


def permissions(trial: Trial, server: SeaweedFSOverTls) -> None:
    """Stages what a role may not do, by S3's words and without any."""
    arn = f"arn:aws:s3:::{ROLE_BUCKET}"
    for request, step, action in (
        ("list", "list", "s3:ListBucket"),
        ("put", "put", "s3:PutObject"),
        ("create", "multipart", "s3:PutObject"),
        ("part", "multipart", "s3:PutObject"),
    ):
        with front(server.endpoint, denying(request)) as url:
            at = trial.with_variables(AWS_ENDPOINT_URL_S3=url)
            at.names(f"{request} is denied", step, f"allow {action} on {arn}", "-setup")
    put = f's3:PutObject on resource: "{arn}/doctor/x" '
    for label, words, remedy in (
        ("no policy of the role", "because no identity-based policy allows it", "of the role"),
        ("VPC endpoint", "because no VPC endpoint policy allows it", "VPC endpoint"),
        ("the organization", "with an explicit deny in a service control policy", "organization"),
        ("the boundary", "because no permissions boundary allows it", "permissions boundary"),
    ):
        with front(server.endpoint, denying("put", put + words)) as url:
            at = trial.with_variables(AWS_ENDPOINT_URL_S3=url)
            at.names(f"put is denied by {label}", "put", f"s3:PutObject on {arn}/doctor/x", remedy)
    kms = "kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:1:key/k because no identity-based"
    with front(server.endpoint, denying("put", kms)) as url:
        at = trial.with_variables(AWS_ENDPOINT_URL_S3=url)
        at.names("KMS denies", "put", "allow kms:GenerateDataKey on arn:aws:kms:us-east-1:1:key/k")
    role = server.assume_role()
    trial.rolefs.secrets |= {role.secret_access_key, role.session_token or ""}
    at = trial.of(server, **role.environment())
    at.names("beyond the role", "list", "s3:ListBucket", path="s3a://absent/")


def buckets(trial: Trial, server: SeaweedFSOverTls, swift: Swift) -> None:
    """Stages missing buckets, other regions, and servers that fail."""
    trial.names("no such bucket", "bucket", "create it", path="s3a://absent/")
    there = trial.of(swift).with_options("--region", "eu-west-9")
    there.names("another region", "region", "is in us-east-1", "--region us-east-1")
    for label, status, code, step, word in (
        ("a redirect", 301, "PermanentRedirect", "region", "--endpoint"),
        ("throttling", 503, "SlowDown", "signature", "try again later"),
        ("a failure of S3", 500, "InternalError", "signature", "try again later"),
    ):
        with front(server.endpoint, refusing({"list"}, status, code)) as url:
            trial.with_variables(AWS_ENDPOINT_URL_S3=url).names(label, step, word)


def leftovers(trial: Trial, server: SeaweedFSOverTls) -> None:
    """Checks that what is left is named, and that nothing is left otherwise."""
    with trial.checks.check("all failures so far have left nothing"):
        expect_empty(server, ROLE_BUCKET)
    for request, action in (("delete", "s3:DeleteObject"), ("abort", "s3:AbortMultipartUpload")):
        with front(server.endpoint, denying(request)) as url:
            at = trial.with_variables(AWS_ENDPOINT_URL_S3=url)
            at.names(f"{request} is denied", request, f"allow {action}", "is left")
    trial.rolefs.succeed(trial.variables, "-rm", "-r", "-skipTrash", PATH)
    trial.rolefs.succeed(trial.variables, "-uploads", "-abort", f"s3a://{ROLE_BUCKET}/")
    for number in (signal.SIGINT, signal.SIGTERM):
        for request in ("put", "create", "part", "abort"):
            label = f"{number.name} during {request}: nothing is left"
            with trial.checks.check(label), front(server.endpoint, delaying(request, 1.0)) as url:
                variables = {**trial.variables, "AWS_ENDPOINT_URL_S3": url}
                command = [trial.rolefs.binary, "-doctor", PATH]
                with subprocess.Popen(
                    command, env=trial.rolefs.environment(variables), stdout=subprocess.DEVNULL
                ) as process:
                    time.sleep(0.6)
                    process.send_signal(number)
                    expect(process.wait(10) == -number, f"it ended with {process.returncode}")
                expect_empty(server, ROLE_BUCKET)


def all_well(trial: Trial, server: SeaweedFSOverTls, swift: Swift, sandbox: Sandbox) -> None:
    """Checks the servers of others, and the sandbox by its metadata service."""
    trial.is_well("SeaweedFS")
    role = server.assume_role()
    trial.rolefs.secrets |= {role.secret_access_key, role.session_token or ""}
    trial.of(server, **role.environment()).is_well("SeaweedFS with a role")
    trial.of(swift).is_well("Swift")
    node = Trial(
        trial.checks,
        trial.rolefs,
        {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.metadata,
            "AWS_ENDPOINT_URL_S3": sandbox.endpoint,
        },
    )
    node.is_well("the sandbox")
    with trial.checks.check("a pod with the role of its node is reported"):
        report = node.with_variables(KUBERNETES_SERVICE_HOST="10.0.0.1").examine()
        expect("the role of its node" in report.text("credentials"), f"{report.done}")
    with trial.checks.check("without a bucket none is examined, and that is no failure"):
        report = trial.examine(None)
        expect("no bucket was named" in report.text("list"), f"{report.done}")


def main() -> int:
    """Runs all checks."""
    binary, example = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
    checks = Checks()
    with scratch_folder() as folder:
        home = folder / "home"
        home.mkdir()
        authority = Authority(folder / "authority", "A private authority")
        pair = authority.sign("server", NAMES)
        with (
            SeaweedFSOverTls(folder, *pair) as server,
            Squid(folder, [S3_NAME, STS_NAME], pair) as squid,
            Sandbox(folder, example) as sandbox,
            Swift(folder) as swift,
        ):
            started = time.monotonic()
            for each in (server, swift, sandbox):
                each.client().create_bucket(Bucket=ROLE_BUCKET)
            rolefs = Rolefs(binary, home)
            rolefs.secrets |= {PASSWORD, QUOTED, "wr0ng", server.keys.secret_access_key}
            trial = Trial(checks, rolefs).of(server)
            keeps = trial.with_variables(AWS_DISABLE_CLOCK_SKEW_CORRECTION="true")
            all_well(trial, server, swift, sandbox)
            metadata(trial)
            credentials(trial)
            configuration(trial)
            connections(trial, server, authority)
            proxies(trial, server, squid, authority)
            clocks(trial, keeps)
            keys(trial, server, sandbox)
            permissions(trial, server)
            buckets(trial, server, swift)
            leftovers(trial, server)
            print(f"{time.monotonic() - started:.0f} s")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The kinds of faults that a single retry does not repair, and the list of all kinds.

A kind is a function that arranges a run: it draws places and numbers from its seed, and sets the
proxy's actions and the required end of the put.
"""

from __future__ import annotations

import random

from harness.faults.mended import (
    cut_error,
    drips,
    ended_response,
    error_500,
    error_in_200,
    lost_completion,
    lost_completion_and_more,
    lost_put_and_more,
    mixture,
    no_http,
    request_timeout,
    reset_request,
    reset_response,
    slow_down,
    unframed_response,
)
from harness.faults.proxy import PASS, Act, Head, Place
from harness.faults.runs import LARGE, SMALL, Ending, Run, error_response

# --- credentials and the clock ---


def expired(run: Run) -> None:
    """Expires the credentials in the middle; their source has others."""
    run.source = run.draw.choice(("process", "container", "instance", "shared"))


def expired_for_good(run: Run) -> None:
    """Expires the credentials in the middle; there are no others, so an upload cannot be
    aborted.
    """
    run.source = "for good"
    run.refused("ExpiredToken", Ending.REFUSED, Ending.NAMED)


def clock(run: Run) -> None:
    """Sets this host's clock off by 20 minutes."""
    run.wrapper = ("faketime", "--exclude-monotonic", "-f", run.draw.choice(("+20m", "-20m")))


def clock_as_it_is(run: Run) -> None:
    """Sets this host's clock off by 20 minutes, and has rolefs trust it."""
    clock(run)
    run.environment = {"AWS_DISABLE_CLOCK_SKEW_CORRECTION": "true"}
    run.refused("RequestTimeTooSkewed.*the clock of this machine is wrong")


# --- what no retry repairs ---


def other_region(run: Run) -> None:
    """Moves the bucket to another region: a retry follows a header with the region; the caller must
    follow a text.
    """
    run.region, run.next_region = "eu-west-1", "us-east-1"
    status, code = run.draw.choice(
        ((301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed"))
    )
    if run.seed % 2:
        run.noted = "is in us-east-1: --region us-east-1 saves a request"
    else:
        run.refused("the bucket is in us-east-1: give --region us-east-1")

    def fault(request: Head) -> Act:
        if "/eu-west-1/s3/" not in request.fields.get("authorization", ""):
            return PASS
        # Only one of the two names the region.
        field, end = (
            ("x-amz-bucket-region: us-east-1", "")
            if run.seed % 2
            else ("X-A: b", "<Region>us-east-1</Region>")
        )
        return Act(response=error_response(status, code, request, field, end=end))

    run.fault = fault


def denied(run: Run) -> None:
    """Answers 403 AccessDenied: at once, or after some parts."""
    stage = run.draw.choice([stage for stage in run.stages() if stage not in ("list", "head")])
    run.refused("AccessDenied: sent by the proxy")
    run.fault = run.times(
        stage, 10**6, lambda request: Act(response=error_response(403, "AccessDenied", request))
    )


def denied_and_abort_lost(run: Run) -> None:
    """Answers 403 AccessDenied for a part, and loses the response to the abort for a while, or for
    good.
    """
    run.make_large()
    lost = run.draw.choice((1, 3, 100))
    run.refused("AccessDenied: sent by the proxy", Ending.NAMED if lost == 100 else Ending.REFUSED)

    def fault(request: Head) -> Act:
        nonlocal lost
        if request.stage == "part":
            return Act(response=error_response(403, "AccessDenied", request))
        if request.stage == "abort" and lost:
            lost -= 1
            return Act(cut_request=Place(0.5))
        return PASS

    run.fault = fault


def refused_in_200(run: Run) -> None:
    """Answers CompleteMultipartUpload with 200, and then with a final error."""
    run.make_large()
    text = '<?xml version="1.0"?>\n\n<Error><Code>InvalidPart</Code><Message>m</Message></Error>'
    said = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
    run.refused("InvalidPart")
    run.fault = run.times("complete", 10**6, lambda _: Act(response=said))


def always_500(run: Run) -> None:
    """Always answers 500 InternalError to requests that store something."""
    run.refused("InternalError: sent by the proxy")
    # Not HEAD, whose response has no text: the next request gets more.
    stage = run.draw.choice([stage for stage in run.stages() if stage != "head"])
    run.fault = run.times(
        stage, 10**6, lambda request: Act(response=error_response(500, "InternalError", request))
    )


def outage(run: Run) -> None:
    """Loses all requests from some request on."""
    stage, begun = run.stage(), False
    left_behind = run.is_large and stage in ("part", "complete")
    run.refused(r"127\.0\.0\.1 does not answer", Ending.NAMED if left_behind else Ending.REFUSED)
    if stage in ("put", "complete"):
        run.refused("S3 may have stored it", Ending.NAMED if left_behind else Ending.UNSURE)

    def fault(request: Head) -> Act:
        nonlocal begun
        begun = begun or request.stage == stage
        return Act(cut_request=Place(0.5)) if begun else PASS

    run.fault = fault


def outage_of_responses(run: Run) -> None:
    """Loses all responses from the last one on: the request has been carried out."""
    begun = False
    run.refused("S3 may have stored it", Ending.UNSURE)

    def fault(request: Head) -> Act:
        nonlocal begun
        begun = begun or request.stage == run.stages()[-1]
        return Act(cut_response=Place(0.0)) if begun else PASS

    run.fault = fault


def lost_responses(run: Run) -> None:
    """Loses all responses to requests that store the object."""
    run.fault = run.times(run.stages()[-1], 10**6, lambda _: Act(cut_response=Place(0.0)))


def another_writer(run: Run) -> None:
    """Has another writer put the object between the check for an object and its response."""
    run.is_forced = False
    run.refused("File exists")
    run.fault = run.times(run.stages()[-1], 1, lambda _: Act(before=run.rival))


KINDS = (
    reset_request,
    reset_response,
    ended_response,
    unframed_response,
    drips,
    error_500,
    slow_down,
    request_timeout,
    cut_error,
    no_http,
    error_in_200,
    lost_completion,
    lost_completion_and_more,
    lost_put_and_more,
    mixture,
    expired,
    expired_for_good,
    clock,
    clock_as_it_is,
    other_region,
    denied,
    denied_and_abort_lost,
    refused_in_200,
    always_500,
    outage,
    outage_of_responses,
    lost_responses,
    another_writer,
)
# The kinds that occur more often: cheap ones with the most places.
OFTEN = (
    reset_request,
    reset_response,
    ended_response,
    unframed_response,
    mixture,
    reset_request,
    reset_response,
    mixture,
)


def arrange(seed: int) -> tuple[str, Run]:
    """Returns the kind's name, and the run, both drawn from the seed."""
    draw = random.Random(f"faults {seed}")
    kinds = KINDS + OFTEN
    kind = kinds[seed % len(kinds)]
    run = Run(seed, draw, is_stdin=draw.random() < 0.4, is_forced=draw.random() < 0.5)
    run.size = draw.choice(SMALL if draw.random() < 0.45 else LARGE)
    kind(run)
    return kind.__name__, run

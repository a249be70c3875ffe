"""The kinds of faults that a retry repairs: each put ends with the object.

A kind is a function that arranges a run: it draws places and numbers from its seed, and sets the
proxy's actions.
"""

from __future__ import annotations

from harness.faults.proxy import PASS, Act, Head, Place
from harness.faults.runs import SMALL, Run, error_response


def reset_request(run: Run) -> None:
    """Resets the connection at some byte of a request."""
    place = run.place()
    run.fault = run.times(run.stage(), run.draw.randint(1, 3), lambda _: Act(cut_request=place))


def reset_response(run: Run) -> None:
    """Resets the connection at some byte of a response: the request has been carried out."""
    place = run.place()
    run.fault = run.times(run.stage(), run.draw.randint(1, 3), lambda _: Act(cut_response=place))


def ended_response(run: Run) -> None:
    """Cuts a response off, and closes the connection in order."""
    place = run.place()
    run.fault = run.times(
        run.stage(), run.draw.randint(1, 3), lambda _: Act(cut_response=place, resets=False)
    )


def unframed_response(run: Run) -> None:
    """Cuts a response off so that only its content shows it."""
    place = Place(run.draw.choice((0.0, run.draw.random(), 0.9999)))
    act = Act(cut_response=place, resets=False, is_unframed=True)
    run.fault = run.times(run.stage(), run.draw.randint(1, 3), lambda _: act)


def drips(run: Run) -> None:
    """Sends a byte now and then, in both directions."""
    drip = run.draw.choice((0.005, 0.02))
    run.fault = run.times(run.stage(), 2, lambda _: Act(drip=drip))


def errors(run: Run, status: int, code: str, count: int) -> None:
    """Sends a temporary error, before or after the body was read."""
    is_early, resets = run.draw.random() < 0.5, run.draw.random() < 0.5

    def act(request: Head) -> Act:
        close = ("Connection: close",) if is_early else ()
        return Act(
            response=error_response(status, code, request, *close), is_early=is_early, resets=resets
        )

    run.fault = run.times(run.stage(), count, act)


def error_500(run: Run) -> None:
    """Answers 500 InternalError, up to four times."""
    errors(run, 500, "InternalError", run.draw.randint(1, 4))


def slow_down(run: Run) -> None:
    """Answers 503 SlowDown, up to four times."""
    errors(run, 503, "SlowDown", run.draw.randint(1, 4))


def request_timeout(run: Run) -> None:
    """Answers 400 RequestTimeout, up to four times. HEAD has no body for it."""
    errors(run, 400, "RequestTimeout", run.draw.randint(1, 4))


def cut_error(run: Run) -> None:
    """Cuts an error's text off: only its status arrives."""
    status, code = run.draw.choice(
        ((500, "InternalError"), (503, "SlowDown"), (400, "RequestTimeout"))
    )
    cut = run.draw.randint(1, 150)

    def act(request: Head) -> Act:
        return Act(
            response=error_response(status, code, request)[:-cut],
            is_early=True,
            resets=run.seed % 2 == 0,
        )

    run.fault = run.times(run.stage(), run.draw.randint(1, 3), act)


def no_http(run: Run) -> None:
    """Responds in another protocol, or as a portal."""
    text = run.draw.choice(
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\0\xff\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        )
    )
    stage = run.draw.choice([stage for stage in run.stages() if stage != "head"])
    run.fault = run.times(
        stage, run.draw.randint(1, 3), lambda _: Act(response=text, is_early=True, resets=False)
    )


def error_in_200(run: Run) -> None:
    """Answers CompleteMultipartUpload with 200, then nothing for a while, then an error."""
    run.make_large()
    code = run.draw.choice(("InternalError", "SlowDown"))
    text = f'<?xml version="1.0"?>\n  \n \n<Error><Code>{code}</Code><Message>m</Message></Error>'
    said = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
    run.fault = run.times("complete", run.draw.randint(1, 3), lambda _: Act(response=said))


def lost_completion(run: Run) -> None:
    """Loses the response to CompleteMultipartUpload, whose retry gets NoSuchUpload."""
    run.make_large()
    place = run.place()
    run.fault = run.times("complete", run.draw.randint(1, 3), lambda _: Act(cut_response=place))


def lost_completion_and_more(run: Run) -> None:
    """Loses the response to CompleteMultipartUpload, and fails the following checks for a while."""
    run.make_large()
    lost, place = (
        {"complete": 1, "abort": run.draw.randint(0, 2), "head": run.draw.randint(1, 3)},
        run.place(),
    )
    run.is_forced = True
    failing = run.draw.choice(("reset", "500", "503"))

    def fault(request: Head) -> Act:
        if lost.get(request.stage, 0) == 0:
            return PASS
        lost[request.stage] -= 1
        if request.stage == "complete" or failing == "reset":
            return Act(cut_response=place)
        return Act(
            response=error_response(
                int(failing), "SlowDown" if failing == "503" else "InternalError", request
            )
        )

    run.fault = fault


def lost_put_and_more(run: Run) -> None:
    """Loses the response to PutObject, refuses the next one since the object exists, and
    fails HEAD.
    """
    run.size, run.is_forced = run.draw.choice(SMALL), False
    stored, left, place = False, run.draw.randint(1, 3), run.place()

    def fault(request: Head) -> Act:
        nonlocal stored, left
        if request.stage == "put" and not stored:
            stored = True
            return Act(cut_response=place)
        if request.stage == "head" and stored and left:
            left -= 1
            return Act(response=error_response(500, "InternalError", request))
        return PASS

    run.fault = fault


def mixture(run: Run) -> None:
    """Gives one request in four a fault, at most four times at a stage."""
    met: dict[str, int] = {}

    def fault(request: Head) -> Act:
        if run.draw.random() > 0.25 or met.get(request.stage, 0) == 4:
            return PASS
        met[request.stage] = met.get(request.stage, 0) + 1
        return run.draw.choice(
            (
                Act(cut_request=run.place()),
                Act(cut_response=run.place()),
                Act(cut_response=run.place(), resets=False),
                Act(drip=0.005),
                Act(response=error_response(500, "InternalError", request)),
                Act(response=error_response(503, "SlowDown", request)),
            )
        )

    run.fault = fault

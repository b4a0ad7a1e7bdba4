"""Runs the checks and the treatments."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rpkpy.doctor.model import Check, Examination, Finding, Result, problem
from rpkpy.doctor.surroundings import Surroundings
from rpkpy.errors import RpkpyError


def examine(around: Callable[[], Surroundings], checks: Sequence[Check], *, treat: bool = False) -> Examination:
    """Run every check. With `treat`, safe treatments are applied to what is not well, and it is looked at once more.

    `around` gives fresh surroundings, so that nothing found before a treatment is believed after it. A check that fails
    in itself is a problem of its own, and the others run all the same.
    """
    first = around()
    first.ask_ahead()
    results = []
    for check in checks:
        finding = _look(check, first)
        results.append(_treated(check, finding, around) if treat and finding.fixes else _result(check, finding))
    return Examination.of(results)


def _treated(check: Check, finding: Finding, around: Callable[[], Surroundings]) -> Result:
    applied: list[str] = []
    failed = None
    for fix in finding.fixes:
        try:
            fix.apply()
            applied.append(fix.what)
        except (OSError, RpkpyError) as error:
            failed = f"{fix.what}: {error}"
    after = _result(check, _look(check, around()))
    return replace(after, applied=applied, failed=failed)


def _look(check: Check, around: Surroundings) -> Finding:
    try:
        return check.look(around)
    except RpkpyError as error:
        return problem(" ".join(filter(None, (error.message, error.cause))), error.fix)
    except OSError as error:
        return problem(f"{error.filename or check.what}: {error.strerror or error}")


def _result(check: Check, finding: Finding) -> Result:
    unwell = finding.status in ("warning", "problem")
    return Result(
        id=check.id,
        area=check.area,
        what=check.what,
        status=finding.status,
        diagnosis=finding.diagnosis,
        treatment=(finding.treatment or check.treatment or None) if unwell else None,
        fixes=[fix.what for fix in finding.fixes],
    )

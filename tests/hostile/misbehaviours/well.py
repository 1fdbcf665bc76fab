"""Branches that behave, from which sweep.py learns what each command asks an endpoint for."""

import records

from .case import CASES, FORMS, GOOD, case, good

for form in FORMS:
    for told in (False, True):
        log = GOOD[form]
        for short, mine, theirs in [("behind", log[:2], log), ("ahead", log, log[:2]),
                                    ("empty", [], log),
                                    ("diverged", log[:2] + [records.MAKE[form](9, log[1])], log)]:
            case(f"well-{form}-{short}-{'told' if told else 'hosted'}", "nothing is wrong",
                 good(form, told, log=theirs), local=mine, status=0, commands=())
WELL = [case_ for case_ in CASES.values() if case_.name.startswith("well-")]

"""orders - which order of steps that raced explains what they were answered"""
from model.lib.rig import foretold

TIMERS = "timers"  # stands among the steps for what is due: it happens at some moment, too


def follow(model, step, outcome):
    """The model after the step, or None if it would have said something else."""
    after = model.copy()
    if step is TIMERS:
        after.expire()
        return after
    return after if foretold(after, step, outcome) == outcome else None


def orders(models, steps, outcomes):
    """Every state that an order of the steps, each with its outcome, leads one of the models to."""
    reached = {(frozenset(), model.state()): model for model in models}
    for _ in steps:
        reached = _one_step_more(reached, list(zip(steps, outcomes)))
    return list(reached.values())


def _one_step_more(reached, raced):
    """Models by the steps that they have taken, and their states: each only once."""
    further = {}
    for (done, _), model in reached.items():
        for number, (step, outcome) in enumerate(raced):
            after = number not in done and follow(model, step, outcome)
            if after:
                further[done | {number}, after.state()] = after
    return further

"""Works a formula out for one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import localcontext
from types import MappingProxyType

from drawbar.sandbox.formula.coercion import coerced, normal, text, truth
from drawbar.sandbox.formula.date_functions import DATE_FUNCTIONS
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.number_functions import NUMBER_FUNCTIONS
from drawbar.sandbox.formula.operators import applied
from drawbar.sandbox.formula.registry import Function
from drawbar.sandbox.formula.syntax import Constant, Expression, Invocation, Operation, Reference, Value
from drawbar.sandbox.formula.text_functions import TEXT_FUNCTIONS

DIGITS = 40
FUNCTIONS: Mapping[str, Function] = MappingProxyType({**NUMBER_FUNCTIONS, **TEXT_FUNCTIONS, **DATE_FUNCTIONS})

Resolve = Callable[[str], object]
"""Gives the value of a field of a parent by its path (`Lease_Account__r.Days_Past_Due__c`)."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a formula may look at; names are looked up in lower case."""

    values: Mapping[str, object]
    prior: Mapping[str, object] | None
    user: Mapping[str, object]
    now: datetime
    is_new: bool
    resolve: Resolve | None
    blank_as_zero: bool


class Evaluator:
    """Works out the expressions of one formula for one record; only the branches that count are worked out."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def value(self, expression: Expression) -> Value:
        """Work out an expression; FormulaError when it has no value."""
        if isinstance(expression, Constant):
            return expression.value
        if isinstance(expression, Reference):
            return self._referenced(expression)
        try:
            if isinstance(expression, Operation):
                return self._operation(expression)
            return self._invocation(expression)
        except FormulaError as error:
            raise FormulaError(error.message, error.position or expression.position) from error

    def _operation(self, operation: Operation) -> Value:
        left, right = self.value(operation.left), self.value(operation.right)
        with localcontext(prec=DIGITS):
            return applied(operation.operator, left, right, blank_as_zero=self._record.blank_as_zero)

    def _invocation(self, call: Invocation) -> Value:
        form = FORMS.get(call.function)
        if form is not None:
            return form.apply(self, call.arguments)
        function = FUNCTIONS[call.function]
        arguments = [self._argument(function, index, each) for index, each in enumerate(call.arguments)]
        if any(each is None and function.kind(index) != "any" for index, each in enumerate(arguments)):
            return None
        with localcontext(prec=DIGITS):
            result = function.apply(*arguments)
        return None if result == "" else result

    def _argument(self, function: Function, index: int, expression: Expression) -> Value:
        value = self.value(expression)
        return coerced(function.kind(index), value, blank_as_zero=self._record.blank_as_zero)

    def _referenced(self, reference: Reference) -> Value:
        name = reference.name.lower()
        if name in self._record.values:
            return normal(self._record.values[name])
        if reference.is_global:
            return self._global(name)
        if "." not in name:
            raise FormulaError(f"Field {reference.name} does not exist", reference.position)
        if self._record.resolve is None:
            raise FormulaError(f"The parent of {reference.name} cannot be read here", reference.position)
        return normal(self._record.resolve(reference.name))

    def _global(self, name: str) -> Value:
        """A permission that is not listed is not held; any other global that is not given is blank."""
        missing = False if name.startswith("$permission.") else None
        return normal(self._record.user.get(name, missing))

    def truth(self, expression: Expression) -> bool:
        return truth(self.value(expression))

    def before(self, expression: Expression) -> Value:
        """The value of a field before this change; of a new record, the value it has."""
        if not isinstance(expression, Reference) or "." in expression.name:
            raise FormulaError("PRIORVALUE() and ISCHANGED() take a field of the record", expression.position)
        if self._record.prior is None or self._record.is_new:
            return self.value(expression)
        return normal(self._record.prior.get(expression.name.lower()))

    @property
    def record(self) -> Record:
        return self._record


@dataclass(frozen=True, slots=True)
class Form:
    """A function that decides itself which of its arguments are worked out."""

    fewest: int
    most: int | None
    apply: Callable[[Evaluator, tuple[Expression, ...]], Value]


def _if(it: Evaluator, arguments: tuple[Expression, ...]) -> Value:
    condition, then, otherwise = arguments
    return it.value(then if it.truth(condition) else otherwise)


def _case(it: Evaluator, arguments: tuple[Expression, ...]) -> Value:
    if len(arguments) % 2:
        raise FormulaError("CASE() needs a value and a result for each case, and an else result")
    wanted = it.value(arguments[0])
    for candidate, result in zip(arguments[1:-1:2], arguments[2:-1:2], strict=True):
        if applied("=", wanted, it.value(candidate), blank_as_zero=it.record.blank_as_zero):
            return it.value(result)
    return it.value(arguments[-1])


def _blank(it: Evaluator, expression: Expression) -> bool:
    return it.value(expression) in (None, "")


def _blank_value(it: Evaluator, arguments: tuple[Expression, ...]) -> Value:
    return it.value(arguments[1] if _blank(it, arguments[0]) else arguments[0])


def _is_picklist_value(it: Evaluator, arguments: tuple[Expression, ...]) -> bool:
    return text(it.value(arguments[0])) == text(it.value(arguments[1]))


def _includes(it: Evaluator, arguments: tuple[Expression, ...]) -> bool:
    return text(it.value(arguments[1])) in text(it.value(arguments[0])).split(";")


def _is_changed(it: Evaluator, arguments: tuple[Expression, ...]) -> bool:
    return it.value(arguments[0]) != it.before(arguments[0])


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "AND": Form(1, None, lambda it, terms: all(it.truth(term) for term in terms)),
        "BLANKVALUE": Form(2, 2, _blank_value),
        "CASE": Form(4, None, _case),
        "IF": Form(3, 3, _if),
        "INCLUDES": Form(2, 2, _includes),
        "ISBLANK": Form(1, 1, lambda it, arguments: _blank(it, arguments[0])),
        "ISCHANGED": Form(1, 1, _is_changed),
        "ISCLONE": Form(0, 0, lambda _it, _arguments: False),
        "ISNEW": Form(0, 0, lambda it, _arguments: it.record.is_new),
        "ISNULL": Form(1, 1, lambda it, arguments: _blank(it, arguments[0])),
        "ISPICKVAL": Form(2, 2, _is_picklist_value),
        "NOT": Form(1, 1, lambda it, arguments: not it.truth(arguments[0])),
        "NOW": Form(0, 0, lambda it, _arguments: it.record.now.astimezone(UTC)),
        "NULLVALUE": Form(2, 2, _blank_value),
        "OR": Form(1, None, lambda it, terms: any(it.truth(term) for term in terms)),
        "PRIORVALUE": Form(1, 1, lambda it, arguments: it.before(arguments[0])),
        "TIMENOW": Form(0, 0, lambda it, _arguments: it.record.now.astimezone(UTC).time()),
        "TODAY": Form(0, 0, lambda it, _arguments: it.record.now.astimezone(UTC).date()),
    }
)

"""Who may do what: Cedar text with a typed schema, default deny, read once and asked often.

The sentinel knows no roles and no acts by name; the clinic brings its policy and schema as text.
Policy language: Cedar (www.cedarpolicy.com), evaluated by `cedarpy`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import cedarpy

from commensal.sentinel.errors import SentinelError


class PolicyError(SentinelError):
    """The policy or its schema cannot be used; nothing is allowed until it is mended."""


DECISIONS_KEPT = 4_096
"""Requests whose answer is remembered: a policy that never changes answers the same request the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing somebody wants to do: who, what, on whom, why. `what` is an action of the policy's schema."""

    who_kind: str
    """Entity type of the principal in the schema: "Dentist", "Desk", "Lila" …"""
    who: str
    what: str
    on_whom: str
    """The person's reference, or "clinic"."""
    why: str
    context: Mapping[str, object] = field(default_factory=dict)
    """What the policy may look at besides: sets and values, JSON-like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A policy's answer. Only `is_allowed` opens a door; everything else is for the record."""

    is_allowed: bool
    policies: tuple[str, ...]
    """The `@id` of each policy that decided; empty when nothing permitted the act (default deny)."""
    errors: tuple[str, ...]
    policy_sha256: str


class Policy:
    """A checked policy set. Build it once; `decide` is safe to call from several threads.

    Args:
        policies: Cedar policies; each needs an `@id`.
        schema: Cedar schema; every policy must fit it.

    Raises:
        PolicyError: text that does not parse, or does not fit the schema.
    """

    def __init__(self, policies: str, schema: str) -> None:
        self.sha256 = hashlib.sha256(policies.encode() + b"\0" + schema.encode()).hexdigest()
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._policies = cedarpy.PolicySet.from_str(policies)
        except ValueError as error:
            raise PolicyError(f"policy: expected Cedar text, got {error}") from error
        self._known: dict[tuple[str, ...], Decision] = {}
        checked = cedarpy.validate_policies(policies, self._schema)
        if not checked.validation_passed:
            raise PolicyError(f"policy: does not fit its schema: {'; '.join(map(str, checked.errors))}")

    def decide(self, act: Act) -> Decision:
        """Whether `act` is allowed: only when a policy permits it, none forbids it, and nothing went wrong.

        An unknown action, principal or context value is a refusal with its reason in `errors`, not an exception.
        """
        asked = (act.who_kind, act.who, act.what, act.on_whom, repr(act.context))
        known = self._known.get(asked)
        if known is None:
            if len(self._known) >= DECISIONS_KEPT:
                self._known.clear()
            known = self._known[asked] = self._decide(act)
        return known

    def _decide(self, act: Act) -> Decision:
        request = {
            "principal": {"type": act.who_kind, "id": act.who},
            "action": {"type": "Action", "id": act.what},
            "resource": {"type": "Person", "id": act.on_whom},
            "context": dict(act.context),
        }
        answer = cedarpy.is_authorized(request, self._policies, [], self._schema)
        errors = tuple(answer.diagnostics.errors)
        named = answer.diagnostics.id_annotations_by_reason
        return Decision(
            is_allowed=answer.allowed and not errors,
            policies=tuple(sorted(named.get(reason, reason) for reason in answer.diagnostics.reasons)),
            errors=errors,
            policy_sha256=self.sha256,
        )

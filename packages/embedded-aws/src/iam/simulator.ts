import type {
  Decision,
  DecisionKind,
  PolicySet,
  PolicySource,
  RequestContext,
} from '@permission-check/iam-policy';
import { PolicyError, parsePolicy } from '@permission-check/iam-policy';
import { simulateFor } from '../authorization/evaluate.ts';
import type { KnownActions } from '../catalog.ts';
import { documentKeys } from './document-keys.ts';
import { isEligible } from './eligibility.ts';
import { simulatorStart } from './positions.ts';

/** A policy as the simulator names it in its answers. */
export interface SimulatedPolicy {
  readonly id: string;
  readonly source: PolicySource;
}

/** Whose policies are simulated, and under which others. */
export interface Subject {
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary?: SimulatedPolicy;
  readonly resource?: SimulatedPolicy;
  /** Absent: the account is in no organization. */
  readonly scps?: readonly (readonly PolicySource[])[];
}

/** The simulator's answer for one action on one resource. */
export interface Verdict {
  readonly decision: DecisionKind;
  readonly matched: readonly StatementShape[];
  readonly missing: readonly string[];
  readonly allowedByBoundary?: boolean;
  readonly allowedByOrganizations?: boolean;
}

export type StatementShape = {
  readonly SourcePolicyId: string;
  readonly SourcePolicyType: string;
  readonly StartPosition: { readonly Line: number; readonly Column: number };
  readonly EndPosition: { readonly Line: number; readonly Column: number };
};

/**
 * Answers as SimulatePrincipalPolicy does, with what it does not say: a Deny under a condition whose key is missing
 * vanishes when something allows, missing keys are told on implicit denials only, and statements of SCPs never.
 */
export class Simulator {
  readonly #ids: ReadonlyMap<string, string>;
  readonly #context: RequestContext;
  readonly #known: KnownActions;
  readonly #missing: readonly string[];
  readonly #granting: PolicySet;
  readonly #bounding: PolicySet | undefined;
  readonly #levels: readonly PolicySet[] | undefined;

  constructor(subject: Subject, context: RequestContext, known: KnownActions) {
    this.#known = known;
    this.#context = context;
    const supplied = new Set(Object.keys(context).map((key) => key.toLowerCase()));
    this.#granting = {
      identity: subject.identity.map(({ source }) => source),
      ...(subject.resource && { resource: subject.resource.source }),
    };
    this.#bounding = subject.boundary && { identity: [subject.boundary.source] };
    this.#levels = subject.scps?.map((level) => ({ identity: level }));
    const bound = [...subject.identity, ...(subject.boundary ? [subject.boundary] : [])];
    const keys = bound.flatMap(({ source }) => documentKeys(source.text));
    this.#ids = new Map(bound.map(({ id, source }) => [keyOf(source), id]));
    this.#missing = [...new Set(keys)].filter((key) => !supplied.has(key.toLowerCase()));
  }

  answer(action: string, resource: string): Verdict {
    const request = { action, resource, context: this.#context };
    const granted = isEligible(action, resource, this.#known)
      ? simulateFor(this.#granting, request)
      : undefined;
    const bounded = this.#bounding && simulateFor(this.#bounding, request);
    const levels = this.#levels?.map((level) => simulateFor(level, request).decision);
    const decisions: DecisionKind[] = [
      granted?.decision ?? 'implicitDeny',
      ...(bounded ? [bounded.decision] : []),
      ...(levels ?? []),
    ];
    const decision = mostRestrictive(decisions);
    const allowedByOrganizations = levels?.every((level) => level === 'allowed');
    return {
      decision,
      matched: [...this.#pointers(decision, granted), ...this.#pointers(decision, bounded, true)],
      missing: decision === 'implicitDeny' && allowedByOrganizations !== false ? this.#missing : [],
      ...(bounded && { allowedByBoundary: bounded.decision === 'allowed' }),
      ...(allowedByOrganizations !== undefined && { allowedByOrganizations }),
    };
  }

  /** The statements of the deciding effect; an implicit denial has none. */
  #pointers(decision: DecisionKind, layer: Decision | undefined, boundary = false): StatementShape[] {
    if (decision === 'implicitDeny' || layer === undefined) return [];
    const effect = decision === 'allowed' ? 'Allow' : 'Deny';
    return layer.matched.flatMap(({ policy, statement }) => {
      if (statement.effect !== effect) return [];
      const start = simulatorStart(policy.text, statement);
      return {
        SourcePolicyId: this.#ids.get(keyOf(policy)) ?? policy.name,
        SourcePolicyType: boundary
          ? 'Permissions Boundary Policy'
          : policy.type === 'resource'
            ? 'Resource Policy'
            : 'IAM Policy',
        StartPosition: { Line: start.line, Column: start.column },
        EndPosition: { Line: statement.end.line, Column: statement.end.column },
      };
    });
  }
}

/** Decisions may name an equal policy of an earlier question, not the same object. */
const keyOf = ({ name, type, arn, group, text }: PolicySource): string =>
  JSON.stringify([name, type, arn, group, text]);

const severity: Record<DecisionKind, number> = { allowed: 0, implicitDeny: 1, explicitDeny: 2 };

/** An explicit denial before an implicit one before leave. */
export function mostRestrictive(decisions: readonly DecisionKind[]): DecisionKind {
  return decisions.reduce(
    (worst, decision) => (severity[decision] > severity[worst] ? decision : worst),
    'allowed',
  );
}

/** @throws PolicyError, with the policy's name, when a document is not valid policy language. */
export function checkSubject(subject: Subject): void {
  const policies = [...subject.identity, subject.boundary, subject.resource].flatMap(
    (policy) => policy ?? [],
  );
  for (const { source } of policies) {
    try {
      parsePolicy(source.text);
    } catch (error) {
      throw error instanceof PolicyError ? error.of(source.name) : error;
    }
  }
}

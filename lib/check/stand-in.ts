/**
 * Stand-ins for principals whose policies name one resource of Rekognition: the same principal with a placeholder for
 * the name, so that a thousand roles with a collection each are judged once. What is found of a stand-in is told with
 * the real name. With several names it would matter in which order they are told.
 */
import {
  type MatchedStatement,
  PolicyError,
  type PolicySource,
  parsePolicy,
  RecentMap,
  type Request,
  readPolicy,
  type Statement,
} from '@permission-check/iam-policy';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { resourceTypes } from '#lib/catalog/actions.ts';
import { acceptOther } from '#lib/compare/accepting.ts';
import type { SharedFinding } from '#lib/compare/finding-draft.ts';
import type { FindingAction } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { isBlindToNames } from './blind-to-names.ts';

/** A principal with a placeholder, and the way back. */
export interface StandIn {
  readonly principal: Principal;
  /** The name that its policies mention. */
  readonly name: string;
  /** What is found of it, with the name and the policies of the principal itself. */
  finding(shared: SharedFinding): SharedFinding;
  request(request: Request): Request;
}

/** Distinct lists of policies that are remembered, the name aside. */
const REMEMBERED = 500;

const types = [...new Set(resourceTypes.map(({ arn }) => arn.split(':')[5]?.split('/')[0]))].join('|');
/** A resource of Rekognition that is named in full, up to the end of its name. */
const NAMED = new RegExp(`(:rekognition:[^:"]*:[^:"]*:(?:${types})/)([A-Za-z0-9_.-]+)(?=["/])`, 'g');
const PLACEHOLDER = 'zq-name-qz';

/** The policies of stand-ins, alike for all that differ in the name only. */
interface Policies {
  readonly policies: readonly PolicySource[];
  readonly boundary: PolicySource | undefined;
  /** Whether nothing in them tells one name from another. */
  readonly blind: boolean;
}

export class StandIns {
  readonly #known = new WeakMap<Principal, StandIn>();
  readonly #policies = new RecentMap<Policies>(REMEMBERED);
  readonly #numbers = new WeakMap<PolicySource, number>();
  readonly #blindExpectations = new WeakMap<Expectation, boolean>();
  readonly #blindGuardrails: boolean;
  #numbered = 0;

  constructor({ scps = [], rcps = [], vpcEndpoints = [] }: Guardrails = {}) {
    this.#blindGuardrails = [...scps, ...rcps, vpcEndpoints].flat().every((one) => isBlindToNames(one));
  }

  /** Who can be judged in a principal's place; undefined where the name makes a difference, or there is not one. */
  of(principal: Principal, expectation: Expectation): StandIn | undefined {
    const isBlind = this.#blindGuardrails && principal.guardrails === undefined;
    if (!isBlind || !this.#isBlind(expectation)) return undefined;
    const known = this.#known.get(principal) ?? this.#make(principal);
    if (known !== undefined) this.#known.set(principal, known);
    return known;
  }

  /** Whether a principal has been judged by a stand-in. */
  has(principal: Principal): boolean {
    return this.#known.has(principal);
  }

  #isBlind(expectation: Expectation): boolean {
    const known = this.#blindExpectations.get(expectation);
    if (known !== undefined) return known;
    const blind =
      expectation.kind === 'sets' &&
      [...expectation.policies, ...expectation.guards.map(({ policy }) => policy)].every((one) =>
        isBlindToNames(one),
      );
    this.#blindExpectations.set(expectation, blind);
    return blind;
  }

  #make(principal: Principal): StandIn | undefined {
    const { policies, boundary, unreadable } = principal;
    const all = [...policies, ...(boundary === undefined ? [] : [boundary])];
    const name = unreadable.length > 0 ? undefined : onlyNameIn(all);
    if (name === undefined) return undefined;
    if (all.some((policy) => `${policy.name} ${policy.text}`.includes(PLACEHOLDER))) return undefined;
    const texts = policies.map(standingIn);
    const bound = boundary && standingIn(boundary);
    const key = JSON.stringify([
      texts.map((one, index) => this.#keyOf(one, policies[index])),
      bound && this.#keyOf(bound, boundary),
    ]);
    const shared = this.#policies.getOrCreate(key, () => ({
      policies: texts,
      boundary: bound,
      blind: [...texts, ...(bound === undefined ? [] : [bound])].every((one) =>
        isBlindToNames(one, PLACEHOLDER),
      ),
    }));
    if (!shared.blind) return undefined;
    const { boundary: _, ...rest } = principal;
    const naming = new Naming(shared, principal, name);
    return {
      principal: {
        ...rest,
        policies: shared.policies,
        ...(shared.boundary === undefined ? {} : { boundary: shared.boundary }),
      },
      name,
      finding: (found) => naming.finding(found),
      request: (request) => naming.request(request),
    };
  }

  /** Policies that are the same object have one number; those that were made here are told apart by what is in them. */
  #keyOf(policy: PolicySource, real: PolicySource | undefined): unknown {
    if (policy !== real) return Object.values(policy);
    const number = this.#numbers.get(policy) ?? ++this.#numbered;
    this.#numbers.set(policy, number);
    return number;
  }
}

/** The one name in some policies; undefined where there is none, or there are several. */
function onlyNameIn(policies: readonly PolicySource[]): string | undefined {
  let only: string | undefined;
  for (const policy of policies) {
    for (const name of namesIn(policy)) {
      if (only !== undefined && name !== only) return undefined;
      only = name;
    }
  }
  return only;
}

const names = new WeakMap<PolicySource, readonly string[]>();

function namesIn(policy: PolicySource): readonly string[] {
  const known = names.get(policy);
  if (known !== undefined) return known;
  const all = [...policy.text.matchAll(NAMED)].map((match) => match[2] ?? '');
  const found = all.length === 0 ? nothing : [...new Set(all)];
  names.set(policy, found);
  return found;
}

const nothing: readonly string[] = [];

function standingIn(policy: PolicySource): PolicySource {
  const plain = policy.type === 'inline' ? withoutElsewhere(policy.text) : policy.text;
  const text = plain.replace(NAMED, `$1${PLACEHOLDER}`);
  return text === policy.text ? policy : { ...policy, text };
}

/** On what statements about other services are makes no difference here; that they are there, and where, does. */
function withoutElsewhere(text: string): string {
  try {
    const { statements } = parsePolicy(text);
    const elsewhere = statements.filter(
      ({ actions, notAction }) => !notAction && actions.every((action) => ELSEWHERE.test(action)),
    );
    if (elsewhere.length === 0) return text;
    const offsetOf = offsetsIn(text);
    let [plain, at] = ['', 0];
    for (const { start, end } of elsewhere) {
      const [from, to] = [offsetOf(start), offsetOf(end)];
      plain += text.slice(at, from) + text.slice(from, to).replace(ARN, '"*"');
      at = to;
    }
    return plain + text.slice(at);
  } catch (error) {
    // What is not wholly read stays as it is.
    if (error instanceof PolicyError) return text;
    throw error;
  }
}

/** Where in a text a line and a column are. */
function offsetsIn(text: string): (place: Statement['start']) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return ({ line, column }) => (starts[line - 1] ?? 0) + column - 1;
}

/** A text in JSON that is an ARN. */
const ARN = /"arn:[^"\\]*"/g;
/** An action of another service, certainly; an ARN is none. */
const ELSEWHERE = /^(?!rekognition:|arn:)[a-z0-9-]+:/i;

/** Gives back the name and the policies that a stand-in lacks. */
class Naming {
  readonly #name: string;
  readonly #policies: ReadonlyMap<PolicySource, PolicySource>;
  readonly #statements = new Map<PolicySource, readonly Statement[]>();

  constructor(shared: Policies, { policies, boundary }: Principal, name: string) {
    this.#name = name;
    this.#policies = new Map([
      ...shared.policies.map((policy, index) => [policy, policies[index] ?? policy] as const),
      ...(shared.boundary && boundary ? [[shared.boundary, boundary] as const] : []),
    ]);
  }

  finding(shared: SharedFinding): SharedFinding {
    const { causes, actions, scope, when, by, summary, remedies, accept } = shared;
    return {
      ...shared,
      causes: causes.map((cause) => this.#text(cause)),
      actions: actions.map((action) => this.#action(action)),
      ...(scope === undefined ? {} : { scope: this.#text(scope) }),
      ...(when === undefined ? {} : { when: this.#text(when) }),
      by: by.map((matched) => this.#matched(matched)),
      summary: this.#text(summary),
      remedies: (subject) => remedies(subject).map((remedy) => this.#text(remedy)),
      ...(accept === undefined
        ? {}
        : { accept: (subject) => acceptOther(accept(subject), (text) => this.#text(text)) }),
    };
  }

  request(request: Request): Request {
    const resource = this.#text(request.resource);
    return resource === request.resource ? request : { ...request, resource };
  }

  #action(action: FindingAction): FindingAction {
    const { witness, evidence } = action;
    return {
      ...action,
      ...(witness === undefined ? {} : { witness: this.request(witness) }),
      evidence: evidence.map((one) => this.#evidence(one)),
    };
  }

  #evidence(evidence: Evidence): Evidence {
    const { reason, doubt, matched } = evidence;
    return {
      ...evidence,
      ...(reason === undefined ? {} : { reason: this.#text(reason) }),
      ...(doubt === undefined ? {} : { doubt: this.#text(doubt) }),
      ...(matched === undefined ? {} : { matched: matched.map((one) => this.#matched(one)) }),
    };
  }

  #matched(matched: MatchedStatement): MatchedStatement {
    const policy = this.#policies.get(matched.policy);
    if (policy === undefined || policy === matched.policy) return matched;
    const statement = this.#statementsOf(policy)[matched.statement.index - 1];
    return { ...matched, policy, statement: statement ?? matched.statement };
  }

  /** As they stand in the policy itself: a name of another length moves columns. */
  #statementsOf(policy: PolicySource): readonly Statement[] {
    const known = this.#statements.get(policy) ?? readPolicy(policy.text).statements;
    this.#statements.set(policy, known);
    return known;
  }

  #text(text: string): string {
    return text.replaceAll(PLACEHOLDER, () => this.#name);
  }
}

import {
  type BoundStatement,
  type CompiledSet,
  type Layer,
  type MatchedStatement,
  mayHaveAccess,
  PolicyCompiler,
  type PolicySource,
} from '@permission-check/iam-policy';
import { actionTable } from '#lib/catalog/actions.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import { InputError } from '#lib/errors.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { JudgedRequest } from './criteria.ts';
import { policyKey, statementKey } from './finding-id.ts';
import type { GrantPathGroup } from './grant-paths.ts';
import { guardDenies } from './guards.ts';
import { type PolicyStatement, shortened, statementsOf, unlessAllowed } from './policy-statements.ts';

/** What is to be accepted: an access that is too much, or one that is missing. */
export interface Accepted {
  /** Names of actions: `rekognition:DeleteFaces`. */
  readonly actions: readonly string[];
  /** The statements that do it. */
  readonly by: readonly MatchedStatement[];
  /** What a rule should say for it; absent where the policy language or the documents cannot tell. */
  readonly say: Say | undefined;
  /** Whether it lacks a guard of the rule in some case. */
  readonly isUnguarded?: boolean;
  /** Statements of the expected sets that deny it; absent: none. */
  readonly deniedBy?: readonly MatchedStatement[];
}

/** A set of the catalogue, or statements of a set to be defined. */
export type Say = { readonly reference: string } | { readonly statements: readonly PolicyStatement[] };

const every: readonly Layer[] = ['identity', 'boundary', 'scp', 'endpoint', 'rcp', 'resource', 'session'];

/** Layers that must allow. */
const above: readonly Layer[] = ['boundary', 'scp', 'endpoint'];

/** What a principal's policies are, and what is expected of them. */
interface Policies {
  readonly expectedSet: CompiledSet | undefined;
  readonly observedSet: CompiledSet | undefined;
  readonly expectation: Expectation;
}

/**
 * What a rule should say for an access that nobody expects: the policy of the catalogue that gives it, or the statements
 * that open it, within the limits that the principal has, so that nothing else becomes too much, or missing.
 */
export function acceptedAccess(
  { first, paths }: GrantPathGroup,
  all: readonly JudgedRequest[],
  policies: Policies,
): Accepted {
  const actions = [...new Set(paths.map(({ action }) => action))];
  // A set more does not give what another set of the rule denies.
  const deniedBy = expectedDenies(policies.expectedSet)
    .filter(({ compiled }) => actions.some((action) => compiled.matchesAction(action)))
    .map(({ matched }) => matched);
  if (deniedBy.length > 0) return { actions, by: first.by, say: undefined, deniedBy };
  const say = sayAccess(actions, first.by, all, policies);
  return { actions, by: first.by, say, isUnguarded: lacksGuards(say, actions, policies.expectation) };
}

/** Whether what is said allows something, in some case, that guards of the expectation do not. */
function lacksGuards(say: Say | undefined, actions: readonly string[], expectation: Expectation): boolean {
  if (say === undefined || expectation.kind !== 'sets' || expectation.guards.length === 0) return false;
  const denies = guardDenies(expectation.guards, actions);
  if (denies === undefined) return true;
  if (denies.length === 0 || 'reference' in say) return denies.length > 0;
  const compiler = new PolicyCompiler(actionTable);
  const beyond = denies.map((deny) => ({ ...deny, Effect: 'Allow' }));
  const own = [source('accepted', say.statements.map(shortened))];
  return mayHaveAccess(compiler.compileSet({ identity: own, scps: [[source('beyond', beyond)]] }), actions);
}

const source = (name: string, Statement: readonly object[]): PolicySource => ({
  name,
  type: 'set',
  text: JSON.stringify({ Version: '2012-10-17', Statement }),
});

function sayAccess(
  actions: readonly string[],
  by: readonly MatchedStatement[],
  all: readonly JudgedRequest[],
  { observedSet, expectation }: Policies,
): Say | undefined {
  if (observedSet === undefined || isStopped(observedSet, expectation)) return undefined;
  const limits = limitsOn(actions, observedSet);
  if (limits === undefined) return undefined;
  // A Deny of a rule would also take what is expected of the same actions and does not work.
  const isExpectedElsewhere = all.some(
    ({ request, expected }) => actions.includes(request.action) && expected?.decision === 'allowed',
  );
  if (limits.length > 0 && isExpectedElsewhere) return undefined;
  const reference = knownPolicyOf(by);
  const opened = openedBy(by, observedSet);
  const isUnlimited = limitsOn(opened, observedSet)?.length === 0;
  if (reference !== undefined && isUnlimited && isAllUnexpected(opened, actions, all)) {
    return { reference };
  }
  const allows = allowsOf(by, actions, observedSet);
  return allows && { statements: [...allows, ...limits] };
}

/** What a rule should say for what is expected and missing: Denys of what the layer that blocks does not allow. */
export function acceptedLack(
  actions: readonly string[],
  layer: Layer,
  denies: readonly MatchedStatement[],
  { observedSet, expectation }: Policies,
): Accepted {
  const isSayable = observedSet !== undefined && !isStopped(observedSet, expectation);
  const levels = isSayable ? observedSet.layers.filter((one) => one.layer === layer) : [];
  const keys = new Set(denies.map(statementKey));
  const parts = levels.map(({ statements }) =>
    denies.length > 0
      ? statementsOf(
          statements.filter((one) => isDeny(one) && keys.has(statementKey(one.matched))),
          actions,
        )
      : unlessAllowed(statements, actions),
  );
  const statements = parts.flatMap((part) => part ?? []);
  const isWritten = statements.length > 0 && !parts.includes(undefined);
  return { actions, by: denies, say: isWritten ? { statements } : undefined };
}

/** All that an expectation denies of some actions, as statements; undefined where they cannot be written. */
export function deniesOf(
  actions: readonly string[],
  expectedSet: CompiledSet,
): readonly object[] | undefined {
  return statementsOf(expectedDenies(expectedSet), actions)?.map(shortened);
}

/** The Denys of the expected sets themselves, without guards. */
const expectedDenies = (set: CompiledSet | undefined): readonly BoundStatement[] =>
  (set?.layers ?? [])
    .filter(({ layer }) => layer === 'identity')
    .flatMap(({ statements }) => statements.filter(isDeny));

/**
 * Where nobody wrote an expectation, what boundary and SCPs stop is no finding, in any service; what is written in its
 * place would miss it.
 */
const isStopped = ({ layers }: CompiledSet, expectation: Expectation): boolean =>
  expectation.kind === 'sets' &&
  expectation.builtIn === true &&
  layers.some(({ layer }) => above.includes(layer));

/** The actions that the policies of some statements allow in some case. */
function openedBy(by: readonly MatchedStatement[], { layers }: CompiledSet): readonly string[] {
  const keys = new Set(by.map(({ policy }) => policyKey(policy)));
  const own = layers
    .flatMap(({ statements }) => statements)
    .filter((one) => !isDeny(one) && keys.has(policyKey(one.matched.policy)));
  return actionTable.filter((action) => own.some(({ compiled }) => compiled.matchesAction(action)));
}

/** Whether of all that a policy opens only some actions are not expected. */
function isAllUnexpected(
  opened: readonly string[],
  actions: readonly string[],
  all: readonly JudgedRequest[],
): boolean {
  const others = opened.filter((action) => !actions.includes(action));
  return !all.some(({ request, difference }) => difference !== undefined && others.includes(request.action));
}

/**
 * The address in the catalogue of the one policy that allows, where all that it allows beyond the expectation is to be
 * accepted; undefined where there are several, or the catalogue does not know it.
 */
function knownPolicyOf(by: readonly MatchedStatement[]): string | undefined {
  const policies = new Map(by.map(({ policy }) => [policyKey(policy), policy]));
  const [policy, ...others] = policies.values();
  if (policy?.type !== 'aws-managed' || policy.versionId === undefined || others.length > 0) return undefined;
  try {
    const { versionId } = permissionSet(policy.name);
    const address = versionId === policy.versionId ? policy.name : `${policy.name}@${policy.versionId}`;
    return permissionSet(address).arn?.split(':')[5] === policy.arn?.split(':')[5] ? address : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** What keeps some actions within limits: Deny statements, and what the boundary and the SCPs do not allow. */
function limitsOn(
  actions: readonly string[],
  { layers }: CompiledSet,
  of: readonly Layer[] = every,
): PolicyStatement[] | undefined {
  const limits: PolicyStatement[] = [];
  for (const { layer, statements } of layers) {
    if (!of.includes(layer)) continue;
    if (layer === 'resource' || layer === 'session') return undefined;
    const denies = statementsOf(statements.filter(isDeny), actions);
    const unless = above.includes(layer) ? unlessAllowed(statements, actions) : [];
    if (denies === undefined || unless === undefined) return undefined;
    limits.push(...denies, ...unless);
  }
  return limits;
}

const isDeny = ({ matched }: BoundStatement): boolean => matched.statement.effect === 'Deny';

/** The statements that open an access, as far as they are about some actions. */
function allowsOf(
  by: readonly MatchedStatement[],
  actions: readonly string[],
  { layers }: CompiledSet,
): PolicyStatement[] | undefined {
  const keys = new Set(by.map(statementKey));
  const bound = layers
    .filter(({ layer }) => layer === 'identity')
    .flatMap(({ statements }) => statements)
    .filter((one) => !isDeny(one) && keys.has(statementKey(one.matched)));
  return bound.length === 0 ? undefined : statementsOf(bound, actions);
}

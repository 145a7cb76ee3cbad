import {
  type CompiledSet,
  mayHaveAccess,
  PolicyCompiler,
  type PolicySet,
  type PolicySource,
  type RequestContext,
} from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { mayConcern } from '#lib/check/policy-sets.ts';
import { factsThatMatter } from '#lib/plan/relevant-facts.ts';

/**
 * What a principal can do in Rekognition, in a form that can be kept, and compiled again: of each policy the statements
 * about Rekognition, and the facts that they read.
 */
export interface Access {
  readonly policies: readonly PolicySource[];
  readonly boundary?: PolicySource | undefined;
  /** Context keys of the principal that some of the statements read: `aws:PrincipalTag/team`. */
  readonly facts: RequestContext;
  /** Actions that the organization denies, which IAM's simulation alone shows; absent where it was not asked. */
  readonly organizationDenies?: readonly string[] | undefined;
  /** ARN → default version of each attached policy of the account that says nothing of Rekognition. */
  readonly silent?: Readonly<Record<string, string>> | undefined;
}

/** Of somebody who does not exist, or did not. */
export const noAccess: Access = { policies: [], facts: {} };

/** What may be kept of a policy's text: a document whose statements are objects. */
const documentSchema = z.looseObject({
  Statement: z.union([z.array(z.looseObject({})), z.looseObject({})]),
});

/** A boundary that says nothing of Rekognition allows none of it. */
const nothing = { Effect: 'Deny', Action: 'rekognition:*', Resource: '*' };

/**
 * The access of a principal, from its policies.
 *
 * @param organizationDenies actions that the simulation shows as denied by the organization.
 * @returns `undefined` where what could not be read may be about Rekognition, so that nothing certain can be kept.
 */
export function accessOf(principal: Principal, organizationDenies?: readonly string[]): Access | undefined {
  if (principal.unreadable.length > 0) return undefined;
  const compiler = new PolicyCompiler(actionTable, { unreadable: 'keep' });
  const { boundary: limit } = principal;
  const whole = compiler.compileSet({ identity: principal.policies, ...(limit && { boundary: limit }) });
  if (whole.unreadable.some(mayConcern)) return undefined;
  const policies = principal.policies.flatMap((policy) => reduced(policy, compiler) ?? []);
  const boundary = limit && (reduced(limit, compiler) ?? nothingIn(limit));
  const silent = silentVersions(principal.policies, compiler);
  const access = { policies: policies.sort(byText), boundary, organizationDenies, silent };
  return { ...access, facts: factsFor(access, principal) };
}

/** Of policies whose later versions may say something. */
function silentVersions(
  policies: readonly PolicySource[],
  compiler: PolicyCompiler,
): Readonly<Record<string, string>> | undefined {
  const versions = policies.flatMap((policy) => {
    const { type, arn, versionId } = policy;
    const told = type === 'customer-managed' && arn !== undefined && versionId !== undefined;
    return told && reduced(policy, compiler) === undefined ? [[arn, versionId] as const] : [];
  });
  return versions.length === 0 ? undefined : Object.fromEntries(versions);
}

/** The facts of a principal that the policies of an access read. */
export function factsFor(access: Omit<Access, 'facts'>, principal: Principal): RequestContext {
  const compiler = new PolicyCompiler(actionTable, { unreadable: 'keep' });
  const { policies, boundary } = access;
  const set = compiler.compileSet(policySetOf({ policies, boundary, facts: {} }));
  return factsThatMatter([set], actions, principalContext(principal));
}

/** The policies of an access, with what the organization is known to deny as one more level. */
export function policySetOf({ policies, boundary, organizationDenies = [] }: Access): PolicySet {
  return {
    identity: policies,
    ...(boundary === undefined ? {} : { boundary }),
    ...(organizationDenies.length === 0 ? {} : { scps: [[organizationPolicy(organizationDenies)]] }),
  };
}

/** Whether two accesses are written alike; others may still amount to the same. */
export const sameAccess = (a: Access, b: Access): boolean => accessKey(a) === accessKey(b);

/** The same of accesses that are written alike. */
export function accessKey({ policies, boundary, facts, organizationDenies = [] }: Access): string {
  const textOf = ({ name, type, arn, group, text }: PolicySource) => [name, type, arn, group, text];
  return JSON.stringify([
    policies.map(textOf),
    boundary && textOf(boundary),
    Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)),
    [...organizationDenies].sort(),
  ]);
}

const organizationPolicy = (denied: readonly string[]): PolicySource => ({
  name: 'what the organization denies',
  type: 'scp',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: denied, Resource: '*' },
    ],
  }),
});

/** Many principals have the same policy object. */
const known = new WeakMap<PolicySource, { readonly policy: PolicySource | undefined }>();

/** A policy with its statements about Rekognition alone; `undefined`: it has none. */
function reduced(policy: PolicySource, compiler: PolicyCompiler): PolicySource | undefined {
  const before = known.get(policy);
  if (before !== undefined) return before.policy;
  const kept = statementsAbout(compiler.compileSet({ identity: [policy] }));
  const result =
    kept.size === 0
      ? undefined
      : withStatements(policy, (statements) => statements.filter((_, at) => kept.has(at + 1)));
  known.set(policy, { policy: result });
  return result;
}

/** The numbers of the statements about Rekognition, from 1. */
function statementsAbout({ layers }: CompiledSet): ReadonlySet<number> {
  return new Set(
    layers.flatMap(({ statements }) =>
      statements.flatMap(({ compiled }) => (compiled.matchesTable ? [compiled.statement.index] : [])),
    ),
  );
}

const nothingIn = (policy: PolicySource): PolicySource => withStatements(policy, () => [nothing]);

/** A policy with other statements. */
export function withStatements(
  policy: PolicySource,
  change: (statements: readonly Readonly<Record<string, unknown>>[]) => readonly unknown[],
): PolicySource {
  const document = documentSchema.parse(JSON.parse(policy.text));
  const { Statement: statements, ...rest } = document;
  return { ...policy, text: JSON.stringify({ ...rest, Statement: change([statements].flat()) }) };
}

const byText = (a: PolicySource, b: PolicySource): number =>
  a.name.localeCompare(b.name) || (a.text < b.text ? -1 : 1);

/** The actions that an access allows in some case. */
export function allowedActions(access: Access): readonly CatalogAction[] {
  if (access.policies.length === 0) return [];
  const set = new PolicyCompiler(actionTable).compileSet(policySetOf(access));
  return actions.filter(({ action }) => mayHaveAccess(set, [action], access.facts));
}

/**
 * Which principals of an account can use its Custom Labels projects by their resource policies, though their own policies do
 * not let them: within an account either is enough.
 *
 * Source: Amazon Rekognition Custom Labels Developer Guide, "Creating a project policy document"; IAM User Guide,
 * "Evaluating policies within a single account".
 */
import {
  decide,
  gained,
  type MatchedStatement,
  mayHaveAccess,
  PolicyCompiler,
  type PolicySet,
  type PolicySource,
} from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { isOfPrincipal } from './admission.ts';
import { sessionsOfRole } from './asker.ts';
import { projectActions, type ReadPolicy, readProjects, resourcesOf } from './project-access.ts';

/** A principal of the account that can use a project by nothing but the project's policies. */
export interface OwnProjectAccess {
  readonly projectArn: string;
  readonly principal: Principal;
  /** `rekognition:CopyProjectVersion`, each with a request that shows it. */
  readonly actions: readonly {
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, string | readonly string[]>>;
  }[];
  /** Actions of which that could not be told, and why. */
  readonly unsettled: readonly { readonly action: string; readonly reason: string }[];
  readonly by: readonly MatchedStatement[];
}

const compiler = new PolicyCompiler(projectActions, { unreadable: 'keep' });

/**
 * The principals whom project policies let do what neither their own policies do nor others that are given; a Deny on either
 * side binds.
 *
 * @param beside policies that a principal is expected to amount to; undefined where nothing is judged of it
 */
export function ownProjectAccess(
  policies: readonly ProjectPolicy[],
  principals: Iterable<Principal>,
  admissions: Admissions,
  beside: (principal: Principal) => readonly PolicySource[] | undefined,
): readonly OwnProjectAccess[] {
  const projects = [...readProjects(policies).byProject];
  const everybody = projects.length === 0 ? [] : [...principals].filter((one) => !one.serviceLinked);
  return projects.flatMap(([projectArn, read]) => {
    const resource = together(read);
    return everybody
      .filter((principal) => read.some((policy) => names(policy, principal)))
      .flatMap((principal) => {
        const others = beside(principal);
        if (others === undefined) return [];
        const own = admissions.policiesOf(principal, 'rekognition');
        return accessOf(principal, projectArn, { own, others, resource, admissions });
      });
  });
}

/** All policies of a project as one, each with what its own Version makes of it. */
function together(policies: readonly ReadPolicy[]): PolicySource {
  const Statement = policies.flatMap(({ version, statements }) =>
    statements.map(({ raw }) => (version === withVariables ? raw : withoutVariables(raw))),
  );
  const name = [...new Set(policies.map(({ policy }) => policy.name))].join(' and ');
  return {
    name,
    type: 'resource',
    text: JSON.stringify({ Version: withVariables, Statement }),
  };
}

/** Before this version of the language `${aws:username}` was a text like any other: nothing else is different. */
const withVariables = '2012-10-17';

/** The same statement, written so that it has no variables in the version that has them. */
function withoutVariables(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, literally(one)]));
}

function literally(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', '${$}{');
  if (Array.isArray(value)) return value.map(literally);
  return typeof value === 'object' && value !== null ? withoutVariables({ ...value }) : value;
}

/** Whether an Allow names a principal, or anyone; one that names the account leaves it to the principal's own policies. */
function names({ statements }: ReadPolicy, { kind, arn }: Principal): boolean {
  return statements.some(({ read: { effect, principals = {}, notPrincipal } }) => {
    if (effect !== 'Allow') return false;
    const values = [...(principals.AWS ?? []), ...(principals['*'] ?? [])];
    const bySession = kind === 'role' && sessionsOfRole(arn, values).length > 0;
    return notPrincipal === true || bySession || values.some((value) => value === '*' || value === arn);
  });
}

interface Sides {
  readonly own: PolicySet;
  readonly others: readonly PolicySource[];
  readonly resource: PolicySource;
  readonly admissions: Pick<Admissions, 'inTime'>;
}

function accessOf(
  principal: Principal,
  projectArn: string,
  { own, others, resource, admissions }: Sides,
): OwnProjectAccess[] {
  const set = compiler.compileSet({ ...own, resource });
  const without = compiler.compileSet({ ...own, identity: [...own.identity, ...others] });
  const known = principalContext(principal);
  const possible = [admissions.inTime(set)];
  const space = { resource: resourcesOf(projectArn), known, isKnown: isOfPrincipal, possible };
  const results = projectActions
    .filter((action) => mayHaveAccess(set, [action], known))
    .map((action) => ({ action, ...gained(without, set, { action, space }) }));
  const actions = results.flatMap(({ action, ...one }) => {
    if (one.kind !== 'witness') return [];
    const { resource, context } = one.request;
    return [{ action, resource, context: { ...known, ...context } }];
  });
  const unsettled = results.flatMap((one) =>
    one.kind === 'unsettled' ? [{ action: one.action, reason: one.reason }] : [],
  );
  if (actions.length === 0 && unsettled.length === 0) return [];
  const by = actions
    .slice(0, 1)
    .flatMap((witness) => decide(set, witness).matched.filter(({ layer }) => layer === 'resource'));
  return [{ projectArn, principal, actions, unsettled, by }];
}

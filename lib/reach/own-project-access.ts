/**
 * Which principals of an account can use its Custom Labels projects by their resource policies, though their own policies do
 * not let them: within an account either is enough.
 *
 * Source: Amazon Rekognition Custom Labels Developer Guide, "Creating a project policy document"; IAM User Guide,
 * "Evaluating policies within a single account".
 */
import {
  casesOf,
  decide,
  type MatchedStatement,
  mayHaveAccess,
  PolicyCompiler,
  type PolicySource,
} from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { isOfPrincipal } from './admission.ts';
import { sessionsOfRole } from './asker.ts';
import { projectActions, type ReadPolicy, readProjects, resourcesOf } from './project-access.ts';

/** A principal of the account that can use a project by the project's policies alone. */
export interface OwnProjectAccess {
  readonly projectArn: string;
  readonly principal: Principal;
  /** `rekognition:CopyProjectVersion`, each with a request that shows it. */
  readonly actions: readonly {
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, string | readonly string[]>>;
  }[];
  readonly by: readonly MatchedStatement[];
}

const compiler = new PolicyCompiler(projectActions, { unreadable: 'keep' });

/** The principals whom project policies let do what their own policies do not; a Deny on either side binds. */
export function ownProjectAccess(
  policies: readonly ProjectPolicy[],
  principals: Iterable<Principal>,
  admissions: Admissions,
): readonly OwnProjectAccess[] {
  const projects = [...readProjects(policies).byProject];
  const everybody = projects.length === 0 ? [] : [...principals].filter((one) => !one.serviceLinked);
  return projects.flatMap(([projectArn, read]) => {
    const resource = together(read);
    return everybody
      .filter((principal) => read.some((policy) => names(policy, principal)))
      .flatMap((principal) => accessOf(principal, projectArn, resource, admissions));
  });
}

/** All policies of a project as one. */
function together(policies: readonly ReadPolicy[]): PolicySource {
  const [first] = policies;
  const Statement = policies.flatMap(({ statements }) => statements.map(({ raw }) => raw));
  const name = [...new Set(policies.map(({ policy }) => policy.name))].join(' and ');
  return {
    name,
    type: 'resource',
    text: JSON.stringify({ Version: first?.version ?? '2012-10-17', Statement }),
  };
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

function accessOf(
  principal: Principal,
  projectArn: string,
  resource: PolicySource,
  admissions: Admissions,
): OwnProjectAccess[] {
  const own = admissions.policiesOf(principal, 'rekognition');
  const set = compiler.compileSet({ ...own, resource });
  const alone = compiler.compileSet(own);
  const known = principalContext(principal);
  const space = { resource: resourcesOf(projectArn), known, isKnown: isOfPrincipal };
  const actions = projectActions
    .filter((action) => mayHaveAccess(set, [action], known))
    .flatMap((action) => {
      const examples = casesOf(set, action, space).cases.flatMap(({ example }) => example ?? []);
      const request = examples
        .map((found) => ({ action, resource: found.resource, context: { ...known, ...found.context } }))
        .find((one) => decide(alone, one).decision !== 'allowed');
      return request === undefined ? [] : [request];
    });
  const [witness] = actions;
  if (witness === undefined) return [];
  const by = decide(set, witness).matched.filter(({ layer }) => layer === 'resource');
  return [{ projectArn, principal, actions, by }];
}

import {
  type ConditionTest,
  type PolicySource,
  parsePolicy,
  type Request,
  type RequestContext,
  type Statement,
} from '@permission-check/iam-policy';
import { merged } from './chosen-requests.ts';

/** A request that an expectation allows in another service, and the statement that says so. */
export interface ElsewhereRequest extends Request {
  readonly policy: PolicySource;
  readonly statement: Statement;
}

/** Where the requests are made. */
export interface ElsewherePlace {
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  /** The normal request of the principal, with what is known of it: for the variables in resources. */
  readonly usual: RequestContext;
}

const allowed = new WeakMap<PolicySource, readonly Statement[]>();

/** The statements of an expected policy that allow actions of other services by name. */
export function statementsElsewhere(policy: PolicySource): readonly Statement[] {
  const known = allowed.get(policy);
  if (known !== undefined) return known;
  const statements = parsePolicy(policy.text).statements.filter(
    ({ effect, notAction, actions }) => effect === 'Allow' && !notAction && actions.some(isElsewhere),
  );
  allowed.set(policy, statements);
  return statements;
}

const isElsewhere = (action: string): boolean =>
  !/^(rekognition:|[*?])/i.test(action) && action.includes(':');

/**
 * A normal request for each action and resource of other services that expected policies allow. Wildcards of actions are
 * kept as they are, so that only what covers the whole pattern allows them; those of resources become a name.
 */
export function requestsElsewhere(
  policies: readonly PolicySource[],
  place: ElsewherePlace,
): ElsewhereRequest[] {
  return policies.flatMap((policy) =>
    statementsElsewhere(policy).flatMap((statement) => {
      const context = merged(place.usual, meeting(statement.conditions));
      const resources = statement.notResource ? ['*'] : (statement.resources ?? ['*']);
      return statement.actions.filter(isElsewhere).flatMap((action) =>
        resources.flatMap((pattern): ElsewhereRequest[] => {
          const resource = resourceOf(pattern, place);
          return resource === undefined ? [] : [{ action, resource, context, policy, statement }];
        }),
      );
    }),
  );
}

/** A resource that a pattern matches; undefined where it has a variable that the principal has no value for. */
function resourceOf(
  pattern: string,
  { accountId, partition, region, usual }: ElsewherePlace,
): string | undefined {
  if (/^\*+$/.test(pattern)) return '*';
  let open = false;
  const written = pattern.replace(/\$\{([^},]+)(?:,[^}]*)?\}/g, (_, key: string) => {
    if (/^[*?$]$/.test(key)) return key;
    const value = Object.entries(usual).find(
      ([name]) => name.toLowerCase() === key.trim().toLowerCase(),
    )?.[1];
    if (typeof value !== 'string') open = true;
    return typeof value === 'string' ? value : '';
  });
  if (open) return undefined;
  const fixed = ['arn', partition, undefined, region, accountId];
  const filled = written.split(':').map((part, index) => (/^\*$/.test(part) ? (fixed[index] ?? part) : part));
  return filled.join(':').replaceAll('*', 'permission-check').replaceAll('?', 'x');
}

/** Context values that meet conditions, as far as one value shows it. */
function meeting(conditions: readonly ConditionTest[]): RequestContext {
  return Object.fromEntries(
    conditions.flatMap(({ operator, key, values }) => {
      const [value] = values;
      if (value === undefined || /^(Not|.*Not[A-Z])|Null/.test(operator)) return [];
      return [[key, value.replaceAll('*', 'permission-check').replaceAll('?', 'x')]];
    }),
  );
}

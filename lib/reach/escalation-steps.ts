import {
  type CompiledSet,
  casesOf,
  decide,
  type MatchedStatement,
  mayHaveAccess,
  type RequestContext,
  type SearchSpace,
  type TextPattern,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { isOfPrincipal, isUnconditional } from './admission.ts';
import type { Escalation, Needed } from './escalations.ts';

/** One step by which a principal comes to more than its policies say. */
export interface Step {
  readonly escalation: Escalation;
  /** The actions that it takes, each with what it is done to. */
  readonly actions: readonly { readonly action: string; readonly resource: string }[];
  readonly by: readonly MatchedStatement[];
  readonly target?: Principal;
}

/** Somebody who takes a step, with the policies that bind him then. */
export interface Taker {
  readonly principal: Principal;
  readonly policies: CompiledSet;
  /** What is known of it and of the moment. */
  readonly known: RequestContext;
}

/** A request that policies let through, with the statements that allow it. */
interface Allowed {
  readonly action: string;
  readonly resource: string;
  readonly by: readonly MatchedStatement[];
}

/** Takes a step where the policies allow all that it needs; undefined where they do not. */
export function stepOf(escalation: Escalation, taker: Taker, target?: Principal): Step | undefined {
  const allowed: Allowed[] = [];
  for (const needed of escalation.needs) {
    const found = allowedOf(needed, escalation, taker, target);
    if (found === undefined) return undefined;
    allowed.push(found);
  }
  const by = allowed.flatMap((one) => one.by);
  return {
    escalation,
    actions: allowed.map(({ action, resource }) => ({ action, resource })),
    by: [...new Map(by.map((one) => [`${one.policy.name} ${one.statement.index}`, one])).values()],
    ...(target && { target }),
  };
}

/** The first request of one of the actions that the policies let through. */
function allowedOf(
  { actions, on }: Needed,
  { service }: Escalation,
  { principal, policies, known: ofTaker }: Taker,
  target: Principal | undefined,
): Allowed | undefined {
  const known = service === undefined ? ofTaker : { ...ofTaker, 'iam:PassedToService': service };
  for (const action of actions) {
    if (!mayHaveAccess(policies, [action], {})) continue;
    for (const resource of resourcesOf(on, principal, target)) {
      const found = firstOf(contextsOf(action, known), (context) =>
        letThrough(policies, action, resource, context),
      );
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function firstOf<From, To>(all: readonly From[], find: (one: From) => To | undefined): To | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whoever attaches a policy says which; those of AWS's are always there. */
function contextsOf(action: string, known: RequestContext): readonly RequestContext[] {
  if (!/^iam:Attach/.test(action)) return [known];
  return grantingPolicies.map((arn) => ({ ...known, 'iam:PolicyARN': arn }));
}

const grantingPolicies = [
  'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
  'arn:aws:iam::aws:policy/AdministratorAccess',
];

/** A request that the policies let through: the plain one, or one that is found where the plain one is not it. */
function letThrough(
  policies: CompiledSet,
  action: string,
  resource: SearchSpace['resource'],
  context: RequestContext,
): Allowed | undefined {
  const named = typeof resource === 'string' ? resource : ofItsOwnMaking(action, context);
  const { decision, matched } = decide(policies, { action, resource: named, context });
  const told = typeof resource === 'string' ? resource : '*';
  if (decision === 'allowed') return { action, resource: told, by: allowsIn(matched) };
  if (
    typeof resource === 'string' &&
    (isUnconditional(policies, action) || !isNamed(policies, action, resource))
  )
    return undefined;
  const { cases, complete } = casesOf(policies, action, {
    resource,
    known: context,
    // A boundary is only passed by whoever wants one.
    isKnown: (key) => isOfPrincipal(key) || key.toLowerCase() === 'iam:permissionsboundary',
  });
  const [example] = cases.map((one) => one.example);
  if (complete && example === undefined) return undefined;
  const request = example && { action, ...example, context: { ...example.context, ...context } };
  return {
    action,
    resource: told,
    by: request === undefined ? [] : allowsIn(decide(policies, request).matched),
  };
}

/** Whether some Allow may be about an action on a resource, whatever its conditions; false is certain. */
function isNamed({ layers }: CompiledSet, action: string, resource: string): boolean {
  return layers.some(
    ({ layer, statements }) =>
      layer === 'identity' &&
      statements.some(
        ({ compiled }) =>
          compiled.statement.effect === 'Allow' &&
          compiled.matchesAction(action) &&
          (compiled.resources.some(({ variables }) => variables.length > 0) ||
            compiled.matchesResource(resource, {})),
      ),
  );
}

/** Where any resource will do: one with a name that nobody has. */
function ofItsOwnMaking(action: string, context: RequestContext): string {
  const type = /User|LoginProfile|AccessKey/.test(action) ? 'user' : 'role';
  return String(context['aws:PrincipalArn']).replace(/[^:]*$/, `${type}/of-its-own-making`);
}

function allowsIn(matched: readonly MatchedStatement[]): MatchedStatement[] {
  return matched.filter(({ layer, statement }) => layer === 'identity' && statement.effect === 'Allow');
}

const anyText: TextPattern = [{ chars: { not: '' }, repeat: true }];

function resourcesOf(
  on: Needed['on'],
  caller: Principal,
  target: Principal | undefined,
): readonly SearchSpace['resource'][] {
  const customerPolicies = (principal: Principal | undefined) =>
    (principal?.policies ?? []).flatMap(({ type, arn }) =>
      type === 'customer-managed' && arn !== undefined ? [arn] : [],
    );
  switch (on) {
    case 'self':
      return [caller.arn];
    case 'own-policy':
      return customerPolicies(caller);
    case 'own-group':
      return caller.groups.map((name) => caller.arn.replace(/:user\/.*$/, `:group/${name}`));
    case 'target':
      return target === undefined ? [] : [target.arn];
    case 'target-policy':
      return customerPolicies(target);
    case 'anything':
      return [[{ pattern: anyText, hints: [] }]];
  }
}

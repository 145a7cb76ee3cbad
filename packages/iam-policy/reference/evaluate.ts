import { parsePolicy } from '../src/parse.ts';
import type {
  ConditionTest,
  Decision,
  Effect,
  Layer,
  PolicySet,
  PolicySource,
  Request,
  RequestContext,
  Statement,
} from '../src/types.ts';
import { testOutcome } from './conditions.ts';
import { contextValue, isLike, readings, resolve, type Scene } from './patterns.ts';

/**
 * Decides one request, rule by rule as the README of this package tells them, with nothing prepared and nothing
 * remembered. The engine of this package must decide the same.
 *
 * @throws {PolicyError} where a document cannot be read
 */
export function evaluate(set: PolicySet, request: Request): Decision {
  const across = isAcrossAccounts(request);
  const all = [...layersOf(set, across), ...passedEndpoint(set, request)];
  const layers = all.map(({ layer, policies }) => {
    const applying = policies.flatMap((policy) => applyingStatements(policy, layer, request, set));
    return { layer, applying, allows: applying.filter(({ statement }) => statement.effect === 'Allow') };
  });
  const denies = layers.flatMap(({ applying, allows }) => applying.filter((each) => !allows.includes(each)));
  const applying = [...denies, ...layers.flatMap(({ allows }) => allows)];
  const matched = applying.map(({ policy, layer, statement }) => ({ policy, layer, statement }));
  if (denies[0] !== undefined) return { decision: 'explicitDeny', blockedBy: denies[0].layer, matched };
  const grants = layers.flatMap(({ layer, allows }) => (layer === 'resource' ? allows : []));
  const blocking = layers.find(({ layer, allows }) => {
    if (layer === 'rcp' || (layer === 'resource' && !across) || allows.length > 0) return false;
    if (layer === 'scp' || layer === 'endpoint' || across) return true;
    const enough = layer === 'identity' ? ['direct', 'limited'] : ['direct'];
    return !grants.some(({ hit }) => enough.includes(hit));
  });
  if (blocking === undefined) return { decision: 'allowed', matched };
  return { decision: 'implicitDeny', blockedBy: blocking.layer, matched };
}

/** The policy of the VPC endpoint that the request comes through. */
function passedEndpoint({ endpoints = [] }: PolicySet, { context }: Request) {
  return endpoints
    .filter(({ name }) => name === contextValue(context, 'aws:SourceVpce'))
    .map((policy) => ({ layer: 'endpoint' as const, policies: [policy] }));
}

/** Whether the resource belongs to another account than the one who asks. */
export function isAcrossAccounts({
  context,
  resourceAccount,
}: Omit<Request, 'action' | 'resource'>): boolean {
  const keys = ['aws:PrincipalAccount', 'aws:PrincipalArn'];
  const [account, arn] = keys.map((key) => contextValue(context, key));
  return resourceAccount !== undefined && resourceAccount !== (account ?? arn?.toString().split(':')[4]);
}

/**
 * The layers and levels that the set has, in the order in which they are asked. Across accounts, RCPs are those of
 * the other account, and a resource has a policy, if only one that says nothing.
 */
export function layersOf(
  set: PolicySet,
  across: boolean,
): { layer: Layer; policies: readonly PolicySource[] }[] {
  const { rcps = [], scps = [], resource, identity, boundary, session = [] } = set;
  return [
    ...(across ? [] : rcps).map((policies) => ({ layer: 'rcp' as const, policies })),
    ...scps.map((policies) => ({ layer: 'scp' as const, policies })),
    ...(resource || across ? [{ layer: 'resource' as const, policies: resource ? [resource] : [] }] : []),
    { layer: 'identity', policies: identity },
    ...(boundary ? [{ layer: 'boundary' as const, policies: [boundary] }] : []),
    ...(session.length > 0 ? [{ layer: 'session' as const, policies: session }] : []),
  ];
}

function applyingStatements(policy: PolicySource, layer: Layer, request: Request, { boundary }: PolicySet) {
  const { version, statements } = parsePolicy(policy.text);
  const scene: Scene = { version, context: request.context };
  return statements.flatMap((statement) => {
    const hit = principalHit(statement, request.context, boundary !== undefined);
    const applies =
      hit !== 'none' &&
      coversAction(statement, request.action) &&
      coversResource(statement, request.resource, scene) &&
      conditionsHold(statement, scene);
    return applies ? [{ policy, layer, statement, hit }] : [];
  });
}

export function coversAction({ actions, notAction }: Statement, action: string): boolean {
  const withoutVariables: Scene = { version: '2008-10-17', context: {} };
  const isCovered = actions.some((text) => {
    const pattern = resolve(text.toLowerCase(), true, withoutVariables) ?? '';
    return isLike(action.toLowerCase(), pattern);
  });
  return isCovered !== notAction;
}

function coversResource({ resources, notResource }: Statement, resource: string, scene: Scene): boolean {
  if (resources === undefined) return true;
  return resources.some((text) => isLikeResource(resource, text, scene)) !== notResource;
}

/** Whether a resource is like one value of Resource or NotResource. */
export function isLikeResource(resource: string, text: string, scene: Scene): boolean {
  if (/^\*+$/.test(text)) return true;
  const pattern = resolve(text, true, scene);
  if (pattern === undefined) return false;
  return readings(pattern, text.includes('${')).some((reading) => isLike(resource, reading));
}

function conditionsHold({ conditions, effect }: Statement, scene: Scene): boolean {
  return conditions.every((test) => testHolds(test, effect, scene));
}

/** Whether a test holds in a statement: one in error keeps an Allow from applying, and no Deny. */
export function testHolds(test: ConditionTest, effect: Effect, scene: Scene): boolean {
  const outcome = testOutcome(test, scene);
  return outcome === 'holds' || (outcome === 'error' && effect === 'Deny');
}

/**
 * How a Principal element hits the one who asks: himself or everybody (`direct`), the role or the user behind his
 * session (`limited`: boundary and session policies limit what it grants), his account only, or not at all.
 */
export type Hit = 'direct' | 'limited' | 'account' | 'none';

export function principalHit(statement: Statement, context: RequestContext, bounded: boolean): Hit {
  const { principals, notPrincipal, effect } = statement;
  if (principals === undefined) return 'direct';
  const names = namesOf(context);
  const values = [...(principals['*'] ?? []), ...(principals.AWS ?? [])];
  const hits = values.map(
    (value) => names.get(value.replace(/^arn:[^:]+:iam::(\d{12}):root$/, '$1')) ?? 'none',
  );
  const strongest = (['direct', 'limited', 'account'] as const).find((hit) => hits.includes(hit)) ?? 'none';
  if (!notPrincipal) return strongest;
  return strongest === 'none' || (effect === 'Deny' && bounded) ? 'direct' : 'none';
}

/** The names under which a policy can mean the one who asks. */
function namesOf(context: RequestContext): Map<string, Hit> {
  const keys = ['aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:userid'];
  const [arn = '', account, userId = ''] = keys.map((key) => contextValue(context, key)?.toString());
  const [, partition = '', owner = '', kind, name = ''] =
    /^arn:([^:]+):(?:iam|sts)::(\d+):([^/]+)\/(.+)$/.exec(arn) ?? [];
  const sessionName = userId.split(':')[1];
  const session = `arn:${partition}:sts::${owner}:assumed-role/${name.split('/').at(-1)}/${sessionName}`;
  const names = new Map<string, Hit>([['*', 'direct']]);
  names.set(account ?? owner, 'account').set(arn, kind === 'role' ? 'limited' : 'direct');
  if (kind === 'role' && sessionName !== undefined) names.set(session, 'direct');
  if (kind === 'federated-user') names.set(`arn:${partition}:iam::${owner}:user/${name}`, 'limited');
  return names;
}

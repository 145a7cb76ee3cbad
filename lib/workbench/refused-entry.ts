/** A call by which a session of a role was to begin, as the role's trust policy decides about it. */
import {
  decide,
  type MatchedStatement,
  PolicyCompiler,
  type PolicySource,
  type RequestContext,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Denial } from '#lib/change/denial.ts';
import { type Asker, contextOf, covers } from '#lib/reach/asker.ts';
import { type Trust, trustOf, trustProblem } from '#lib/reach/trust.ts';
import type { Entry, Nearly } from '#lib/report/denial-answer.ts';
import { subjectName } from '#lib/words/labels.ts';
import { sourceWithout } from './refused-next.ts';

/** What a trust policy says of a call. */
export interface TrustAnswer {
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** The Deny statements that apply. */
  readonly denies: readonly MatchedStatement[];
  readonly nearly?: Nearly;
  /** A statement that cannot be read may say more. */
  readonly problem?: string;
}

/** Whether an action begins a session of a role, or comes with that. */
const isEntry = (action: string): boolean =>
  /^sts:(AssumeRole\w*|TagSession|SetSourceIdentity)$/i.test(action) && !/^sts:AssumeRoot$/i.test(action);

/** Who asks STS, by what AWS calls him. */
export function askerNamed(name: string): Asker {
  if (/^\d{12}$/.test(name)) return { kind: 'account', accountId: name };
  const root = /^arn:[^:]+:iam::(\d{12}):root$/.exec(name)?.[1];
  if (root !== undefined) return { kind: 'account', accountId: root };
  if (/:(oidc|saml)-provider\/|^cognito-identity\./.test(name)) return { kind: 'federated', provider: name };
  if (/\.amazonaws\.com(\.cn)?$/.test(name)) return { kind: 'service', name };
  return name.startsWith('arn:') ? { kind: 'principal', arn: name } : { kind: 'anyone' };
}

/**
 * What the trust policy of a role says of a call; undefined where it is not known.
 *
 * @param context beside what is known of the caller by his name
 */
export function trustSays(
  role: Principal,
  asker: Asker,
  action: string,
  context: RequestContext,
): TrustAnswer | undefined {
  const trust = trustOf(role);
  if (trust === undefined) return undefined;
  const problem = trustProblem(role);
  const answer = answerOf(role, trust, asker, action, { ...contextOf(asker), ...context });
  return problem === undefined ? answer : { ...answer, problem };
}

function answerOf(
  role: Principal,
  trust: Trust,
  asker: Asker,
  action: string,
  context: RequestContext,
): TrustAnswer {
  const level = trust.levelFor(asker);
  if (level === undefined) return unnamed(role, trust.source, action, context);
  const set = new PolicyCompiler([action], { unreadable: 'keep' }).compileSet({ identity: [level] });
  const { decision, matched } = decide(set, { action, resource: role.arn, context });
  // The level has the statements about the asker only.
  const about = trust.statements.filter((statement) => covers(statement, asker));
  const inTrust = (index: number): MatchedStatement[] => {
    const statement = about[index - 1];
    return statement === undefined ? [] : [{ policy: trust.source, layer: 'resource', statement }];
  };
  const [nearly] = set.layers.flatMap(({ statements }) =>
    statements.flatMap(({ compiled, matched: { statement } }) => {
      if (statement.effect !== 'Allow' || !compiled.matchesAction(action)) return [];
      const unmet = compiled.tests.filter((test) => !test.matches(context)).map(({ test }) => test);
      return inTrust(statement.index).map((by) => ({ by, unmet }));
    }),
  );
  return {
    decision,
    denies: matched.flatMap(({ statement }) => (statement.effect === 'Deny' ? inTrust(statement.index) : [])),
    ...(decision === 'implicitDeny' && nearly && { nearly }),
  };
}

/** Of somebody about whom no Allow is: a Deny may be. */
function unnamed(
  role: Principal,
  source: PolicySource,
  action: string,
  context: RequestContext,
): TrustAnswer {
  const set = new PolicyCompiler([action], { unreadable: 'keep' }).compileSet({
    identity: [],
    resource: source,
  });
  const denies = decide(set, { action, resource: role.arn, context }).matched.filter(
    ({ statement, layer }) => statement.effect === 'Deny' && layer === 'resource',
  );
  return { decision: denies.length > 0 ? 'explicitDeny' : 'implicitDeny', denies };
}

/** The role of which a refused call was to begin a session, by its ARN; undefined for any other call. */
export function enteredBy({ action, resource }: Pick<Denial, 'action' | 'resource'>): string | undefined {
  return isEntry(action) && resource !== undefined && /:role\/[^*?]+$/.test(resource) ? resource : undefined;
}

/** How a call stands to the role that it was to enter. @param says what a trust policy in the place of the role's would say */
export function entryOf(
  { action }: Denial,
  caller: string,
  entered: Principal,
  says: (role: Principal) => TrustAnswer | undefined,
): Entry {
  const trust = says(entered);
  const source = entered.trust && sourceWithout(trust?.denies ?? [], entered.trust);
  const withoutDenies = source && says({ ...entered, trust: source });
  const isOwn = arnParts(caller).accountId === arnParts(entered.arn).accountId;
  return {
    role: subjectName(entered),
    isOwn,
    ...statementFor(caller, entered, action),
    ...(trust?.nearly && { nearly: trust.nearly }),
    ...(trust?.problem !== undefined && { problem: trust.problem }),
    isRefused: isRefusal(trust),
    isRefusedWithout: isRefusal(withoutDenies),
    denies: trust?.denies ?? [],
  };
}

const isRefusal = (trust: TrustAnswer | undefined): boolean =>
  trust !== undefined && trust.decision !== 'allowed';

/** A statement that lets a caller in, as narrow as can be told; of a provider's users, none can be. */
function statementFor(caller: string, role: Principal, action: string): Pick<Entry, 'statement'> {
  const asker = askerNamed(caller);
  const accountId = arnParts(role.arn).accountId;
  if (asker.kind === 'federated' || asker.kind === 'anyone') return {};
  if (asker.kind === 'service') {
    const Condition = { StringEquals: { 'aws:SourceAccount': accountId } };
    return {
      statement: { Effect: 'Allow', Principal: { Service: asker.name }, Action: action, Condition },
    };
  }
  // A session is gone when the call is made again; its ARN does not have the path of its role.
  const AWS = caller.replace(/^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam::$2:role/$3');
  return { statement: { Effect: 'Allow', Principal: { AWS }, Action: action } };
}

/** What the trust policy decides, where it does not let the caller in. */
export const refusalBy = ({
  denies,
}: Entry): { decision: 'explicitDeny' | 'implicitDeny'; blockedBy: 'resource' } => ({
  decision: denies.length > 0 ? 'explicitDeny' : 'implicitDeny',
  blockedBy: 'resource',
});

/**
 * The sessions in which a principal can act: what every one of them carries, and what whoever begins one chooses, as
 * far as trust policies and the callers' own policies let him.
 */
import {
  type ChosenKey,
  conditionHolds,
  contextValue,
  type Literal,
  PolicyError,
  type RequestContext,
  type Session,
  type SessionKind,
  sessionForms,
  sessionKinds,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admission, Admissions, Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import type { Callers } from './callers.ts';
import { ENTRIES, type Entry, readTrust, type Trust } from './trust.ts';

/** What is asked about sessions: context keys that policies read, in lower case. */
export type Reads = ReadonlySet<string>;

/** More sessions than these are not told apart: the widest then stands for all. */
const maxSessions = 48;
/** More tags than these are not told apart by whether they are passed. */
const maxTags = 3;

/**
 * The sessions of a principal, the normal one first.
 *
 * @param callers who there is in the account; absent: its principals are not known, so any of them may ask.
 */
export function sessionsOf(
  principal: Principal,
  reads: Reads,
  admissions: Admissions,
  callers?: Callers,
): readonly Session[] {
  return principal.kind === 'user'
    ? userSessions(principal, reads, admissions)
    : roleSessions(principal, reads, admissions, callers);
}

/** Whether sessions of a principal can differ in anything that is read. */
export function sessionsMatter(principal: Principal, reads: Reads): boolean {
  const constant = /^aws:(principalarn|principalaccount|principaltype|username)$/;
  for (const key of reads) {
    if (
      /^aws:(userid|sourceidentity|federatedprovider|multifactorauth(present|age)|principaltag\/.*)$/.test(
        key,
      )
    )
      return true;
    if (principal.kind === 'user' && constant.test(key)) return true;
  }
  return false;
}

function userSessions(user: Principal, reads: Reads, admissions: Admissions): Session[] {
  const facts = principalContext(user);
  const plain: Session = { kind: 'user', fixed: facts, chosen: mfaOf('user'), limits: [] };
  const { accountId, partition } = arnParts(user.arn);
  const prefix = `arn:${partition}:sts::${accountId}:federated-user/`;
  const form = sessionForms.namedAfter(prefix);
  const resource = [{ pattern: form, hints: [] }];
  const federating = admissions.toFederatedUser(user, 'sts:GetFederationToken', resource);
  if (federating.length === 0) return [plain];
  const tagging = admissions.toFederatedUser(user, 'sts:TagSession', resource);
  const tags = tagsIn(reads, facts);
  const fixed = Object.fromEntries(
    Object.entries(facts).filter(([key]) => !/^aws:(PrincipalArn|PrincipalType|userid|username)$/.test(key)),
  );
  const named: readonly ChosenKey[] = [
    { key: 'aws:PrincipalArn', form, optional: false, usual: `${prefix}permission-check` },
    {
      key: 'aws:userid',
      form: sessionForms.namedAfter(`${accountId}:`),
      optional: false,
      usual: `${accountId}:permission-check`,
    },
    ...mfaOf('federated-user'),
  ];
  const sessions = [
    plain,
    ...entered(federating, tagging, tags, (passed, literals, ways): Session | undefined => {
      const limits = mapped(literals, passed, tags, () => undefined);
      if (limits === undefined) return undefined;
      return {
        kind: 'federated-user',
        fixed: { ...without(fixed, passed), 'aws:PrincipalType': 'FederatedUser' },
        chosen: [...named, ...passed.map(passedTag)],
        limits: [...limits, ...ways.flatMap((way) => nameLimits(way, prefix, accountId))],
      };
    }),
  ];
  return distinct(sessions);
}

/** What the resource of GetFederationToken, the ARN of the federated user, demands of the name. */
function nameLimits({ like, notLike }: Admission, prefix: string, accountId: string): Literal[] {
  const literals = (pattern: string, holds: boolean): Literal[] => {
    if (/^\*+$/.test(pattern) || pattern.includes('${')) return [];
    const test = { operator: 'StringLike', ifExists: false };
    const name = pattern.startsWith(prefix) ? pattern.slice(prefix.length) : undefined;
    return [
      { test: { ...test, key: 'aws:PrincipalArn', values: [pattern] }, holds },
      ...(name === undefined
        ? []
        : [{ test: { ...test, key: 'aws:userid', values: [`${accountId}:${name}`] }, holds }]),
    ];
  };
  return [...like.flatMap((one) => literals(one, true)), ...notLike.flatMap((one) => literals(one, false))];
}

const entryKinds: Readonly<Record<Entry, SessionKind>> = {
  'sts:AssumeRole': 'assumed-role',
  'sts:AssumeRoleWithSAML': 'saml',
  'sts:AssumeRoleWithWebIdentity': 'web-identity',
};

const inOrder: readonly SessionKind[] = ['assumed-role', 'saml', 'web-identity', 'service'];

function roleSessions(
  role: Principal,
  reads: Reads,
  admissions: Admissions,
  callers: Callers | undefined,
): readonly Session[] {
  const trust = role.trust && readTrust(role.trust);
  if (trust === undefined || trust instanceof PolicyError) return [widest(role, reads)];
  const sessions: Session[] = [];
  for (const caller of callersOf(role, trust, callers)) {
    for (const entry of ENTRIES) {
      if (!enters(caller.asker, entry)) continue;
      const kind = caller.asker.kind === 'service' ? 'service' : entryKinds[entry];
      sessions.push(...begun(role, kind, entry, { trust, caller, admissions, reads }));
      if (sessions.length > maxSessions * 20) return [widest(role, reads)];
    }
  }
  const all = distinct(sessions).sort((a, b) => inOrder.indexOf(a.kind) - inOrder.indexOf(b.kind));
  if (all.length > maxSessions) return [widest(role, reads)];
  // Whom nobody can become acts in no session; what it could do is told by a normal one.
  return all.length > 0
    ? all
    : [{ kind: 'assumed-role', fixed: principalContext(role), chosen: [], limits: [] }];
}

/** Who can begin a session by which call: providers sign tokens, all others call AssumeRole. */
function enters(asker: Asker, entry: Entry): boolean {
  if (asker.kind === 'anyone') return true;
  return (asker.kind === 'federated') === (entry !== 'sts:AssumeRole');
}

function callersOf(role: Principal, trust: Trust, callers: Callers | undefined): Caller[] {
  return trust.askers.flatMap((asker): Caller[] => {
    if (asker.kind === 'deleted') return [];
    const known = callers?.of(asker, arnParts(role.arn).accountId) ?? 'unknown';
    if (known === 'unknown') return [{ asker }];
    return known.map((principal) => ({ asker: { kind: 'principal', arn: principal.arn }, principal }));
  });
}

/** The sessions that one caller can begin by one call. */
function begun(
  role: Principal,
  kind: SessionKind,
  entry: Entry,
  by: { trust: Trust; caller: Caller; admissions: Admissions; reads: Reads },
): Session[] {
  const { trust, caller, admissions, reads } = by;
  const may = (action: string) => admissions.toRole(role, trust, caller, action);
  const entering = may(entry);
  if (entering.length === 0) return [];
  const facts = principalContext(role);
  const tags = tagsIn(reads, facts);
  const tagging = tags.length > 0 || namesTags(entering) ? may('sts:TagSession') : [];
  const naming = reads.has('aws:sourceidentity') ? may('sts:SetSourceIdentity') : [];
  const base = without(facts, ['aws:userid']);
  const chosen = [userIdOf(role), ...mfaOf(kind)];
  const asName = (test: Literal['test']) => sessionNameTest(test, role.id);
  return entered(entering, tagging, tags, (passed, literals): Session | undefined => {
    const limits = mapped(literals, passed, tags, asName);
    if (limits === undefined) return undefined;
    const own = [
      ...chosen,
      ...passed.map(passedTag),
      ...(caller.asker.kind === 'federated' ? [provider] : []),
    ];
    return { kind, fixed: without(base, passed), chosen: own, limits };
  }).flatMap((session) => {
    const identified = naming.map((way): Session => {
      const limits = mapped(way.literals, [], [], asName) ?? [];
      return {
        ...session,
        chosen: [...session.chosen, sourceIdentity],
        limits: [...session.limits, ...limits],
      };
    });
    return [session, ...identified];
  });
}

/** A session for every way of beginning one, and for every choice of tags to pass with it. */
function entered(
  entering: readonly Admission[],
  tagging: readonly Admission[],
  tags: readonly string[],
  make: (
    passed: readonly string[],
    literals: readonly Literal[],
    ways: readonly Admission[],
  ) => Session | undefined,
): Session[] {
  const some = tagging.length === 0 ? [] : choices(tags);
  const sessions: (Session | undefined)[] = [];
  for (const way of entering) {
    sessions.push(make([], way.literals, [way]));
    for (const tag of tagging) {
      // Other tags than those that are read may be passed, too: what is asked of them can be met.
      const literals = [...way.literals, ...tag.literals];
      const others = literals.filter(({ test }) => !isTagKey(test.key));
      if (namesTags([way])) sessions.push(make([], others, [way, tag]));
      for (const passed of some) sessions.push(make(passed, literals, [way, tag]));
    }
  }
  return sessions.filter((session) => session !== undefined);
}

/** Every choice of one or more of the tags; of many, each alone and all. */
function choices(tags: readonly string[]): readonly (readonly string[])[] {
  if (tags.length > maxTags) return [...tags.map((tag) => [tag]), tags];
  return Array.from({ length: 2 ** tags.length - 1 }, (_, bits) =>
    tags.filter((_, index) => ((bits + 1) >> index) & 1),
  );
}

const REQUEST_TAG = /^aws:requesttag\//i;

function isTagKey(key: string): boolean {
  return REQUEST_TAG.test(key) || /^(aws:tagkeys|sts:transitivetagkeys)$/i.test(key);
}

function namesTags(ways: readonly Admission[]): boolean {
  return ways.some(({ literals }) => literals.some(({ test }) => isTagKey(test.key)));
}

/**
 * What STS demands of a call, as demands on the session that it gives; undefined where no such call can be. Demands
 * on what the session does not show (an external id, an address) can be met by somebody.
 */
function mapped(
  literals: readonly Literal[],
  passed: readonly string[],
  read: readonly string[],
  asName: (test: Literal['test']) => Literal['test'] | boolean | undefined,
): Literal[] | undefined {
  const limits: Literal[] = [];
  const names = passed.map((key) => key.slice('aws:PrincipalTag/'.length));
  for (const { test, holds } of literals) {
    const lower = test.key.toLowerCase();
    if (REQUEST_TAG.test(lower)) {
      const tag = test.key.slice('aws:RequestTag/'.length);
      const isMeant = (key: string) => key.toLowerCase() === `aws:principaltag/${tag.toLowerCase()}`;
      const key = passed.find(isMeant);
      const mayBePassedBeside = passed.length > 0 && !read.some(isMeant);
      if (key !== undefined) limits.push({ test: { ...test, key }, holds });
      else if (!mayBePassedBeside && conditionHolds(test, '2008-10-17', {}) !== holds) return undefined;
    } else if (lower === 'aws:tagkeys') {
      if (!keysCanBe(test, holds, names)) return undefined;
    } else if (lower === 'sts:rolesessionname') {
      const named = asName(test);
      if (typeof named === 'object') limits.push({ test: named, holds });
      else if (named !== undefined && named !== holds) return undefined;
    } else if (lower === 'sts:sourceidentity') {
      limits.push({ test: { ...test, key: 'aws:SourceIdentity' }, holds });
    } else if (lower === 'aws:multifactorauthpresent') {
      limits.push({ test, holds });
    }
  }
  return limits;
}

/** Whether aws:TagKeys can be as a test demands when these tags are passed, and others beside them if it helps. */
function keysCanBe({ ...test }: Literal['test'], holds: boolean, names: readonly string[]): boolean {
  const matches = (keys: readonly string[]) =>
    conditionHolds(test, '2008-10-17', keys.length === 0 ? {} : { 'aws:TagKeys': keys });
  if (names.length === 0) return matches([]) === holds;
  const more = test.values.map((value) => value.replaceAll('*', 'permission-check').replaceAll('?', 'x'));
  return [[], ['permission-check'], more, [...more, 'permission-check'], ...more.map((one) => [one])].some(
    (others) => matches([...new Set([...names, ...others])]) === holds,
  );
}

/** A test of the session's name as one of aws:userid; a truth where every session has the same answer. */
function sessionNameTest(test: Literal['test'], id: string): Literal['test'] | boolean | undefined {
  if (test.operator === 'Null') return test.values.some((value) => value.toLowerCase() === 'false');
  if (!/^String/.test(test.operator)) return undefined;
  return { ...test, key: 'aws:userid', values: test.values.map((value) => `${id}:${value}`) };
}

/** The tags of the principal that are read, in the letter case of the principal's own where it has them. */
function tagsIn(reads: Reads, facts: RequestContext): string[] {
  const own = new Map(Object.keys(facts).map((key) => [key.toLowerCase(), key]));
  return [...reads].flatMap((key) =>
    key.startsWith('aws:principaltag/') ? [own.get(key) ?? asWritten(key)] : [],
  );
}

function asWritten(lower: string): string {
  return `aws:PrincipalTag/${lower.slice('aws:principaltag/'.length)}`;
}

function passedTag(key: string): ChosenKey {
  return { key, form: sessionForms.tagValue, optional: false };
}

/** Its spelling differs from provider to provider. */
const provider: ChosenKey = { key: 'aws:FederatedProvider', optional: false };

const sourceIdentity: ChosenKey = { key: 'aws:SourceIdentity', form: sessionForms.name, optional: false };

function userIdOf({ id }: Principal): ChosenKey {
  const form = sessionForms.namedAfter(`${id}:`);
  return { key: 'aws:userid', form, optional: false, usual: `${id}:permission-check` };
}

/** Who cannot have MFA has no age of it either; temporary credentials say that it is not there. */
function mfaOf(kind: SessionKind): ChosenKey[] {
  const present: ChosenKey = { key: 'aws:MultiFactorAuthPresent', optional: true };
  if (sessionKinds[kind].mfa === 'nobody')
    return [{ ...present, form: sessionForms.exactly('false'), usual: 'false' }];
  return [present, { key: 'aws:MultiFactorAuthAge', optional: true }];
}

/** Of a role that is trusted in a way that is not known: whatever anybody could choose. */
function widest(role: Principal, reads: Reads): Session {
  const facts = principalContext(role);
  const tags = tagsIn(reads, facts);
  const optional = (key: ChosenKey): ChosenKey => {
    const usual = contextValue(facts, key.key);
    return { ...key, optional: true, ...(typeof usual === 'string' ? { usual } : {}) };
  };
  return {
    kind: 'assumed-role',
    fixed: without(facts, ['aws:userid', ...tags]),
    chosen: [
      userIdOf(role),
      ...mfaOf('assumed-role'),
      optional(sourceIdentity),
      ...tags.map((tag) => optional(passedTag(tag))),
    ],
    limits: [],
  };
}

function without(context: RequestContext, keys: readonly string[]): RequestContext {
  const dropped = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(context).filter(([key]) => !dropped.has(key.toLowerCase())));
}

function distinct(sessions: readonly Session[]): Session[] {
  return [...new Map(sessions.map((session) => [JSON.stringify(session), session])).values()];
}

/** The sessions of a principal, put together for one search: what is the same in all of them, and what varies. */
import { compilePlainTest } from './condition.ts';
import { contextValue } from './context.ts';
import { type ChosenKey, isSessionKey, type Session, sessionKinds } from './sessions.ts';
import { matchesPattern } from './solver/automaton.ts';
import type { FreeKey, Literal } from './solver/space.ts';
import { literal, type TextPattern } from './solver/text-patterns.ts';
import type { RequestContext } from './types.ts';

/** What varies over the sessions of a principal, as far as somebody asks for it. */
export interface SessionFreedom {
  /** Values that are the same in every session, or usual in those that vary. */
  readonly facts: RequestContext;
  /** Keys of the usual context (in lower case) that a normal session does not have, or not with that value. */
  readonly lacks: readonly string[];
  /** Keys in lower case that are not the same in every session, with the forms of their values; none: any value. */
  readonly free: ReadonlyMap<string, FreeKey>;
  /** A request can only happen if all literals of one of these hold; none: every combination can. */
  readonly possible: readonly (readonly Literal[])[];
}

const tokenIssueTime = 'aws:TokenIssueTime';

/**
 * Puts the sessions of a principal together, as far as `reads` (keys in lower case) asks for them. The first session
 * is the normal one; `usual` is the context of a normal request.
 */
export function sessionFreedom(
  of: readonly Session[],
  reads: (key: string) => boolean,
  usual: RequestContext = {},
): SessionFreedom {
  const sessions = reads(tokenIssueTime.toLowerCase()) ? of.flatMap((session) => issued(session, usual)) : of;
  const names = new Map<string, string>();
  for (const { fixed, chosen } of sessions) {
    for (const key of [...Object.keys(fixed), ...chosen.map((one) => one.key)]) {
      if (reads(key.toLowerCase()) && !names.has(key.toLowerCase())) names.set(key.toLowerCase(), key);
    }
  }
  const [normal] = sessions;
  const facts: Record<string, string | readonly string[]> = {};
  const free = new Map<string, FreeKey>();
  for (const [lower, key] of names) {
    const value = normal && normalValue(normal, lower, usual);
    if (value !== undefined) facts[key] = value;
    if (isFree(sessions, lower)) free.set(lower, { key, ...formsOf(sessions, lower) });
  }
  const lacks = Object.keys(usual).filter(
    (key) => isSessionKey(key) && reads(key.toLowerCase()) && normal && !admits(normal, key, usual),
  );
  const possible = sessions.map((session) => literalsOf(session, free));
  const distinct = new Map(possible.map((literals) => [JSON.stringify(literals), literals]));
  return {
    facts,
    lacks: lacks.map((key) => key.toLowerCase()),
    free,
    possible: possible.some(({ length }) => length === 0) ? [] : [...distinct.values()],
  };
}

const mfaKeys: ReadonlySet<string> = new Set(['aws:multifactorauthpresent', 'aws:multifactorauthage']);
const ofMfa = ({ key }: ChosenKey): boolean => mfaKeys.has(key.toLowerCase());

/**
 * A session with the time at which its credentials were issued: as in a normal request, just when it is made. The keys
 * of an IAM user have none, and nothing of MFA either: only temporary credentials say whether there was MFA.
 *
 * Source: IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent, aws:TokenIssueTime.
 */
function issued(session: Session, usual: RequestContext): readonly Session[] {
  const now = contextValue(usual, tokenIssueTime) ?? contextValue(usual, 'aws:CurrentTime');
  const time: ChosenKey = {
    key: tokenIssueTime,
    optional: false,
    ...(typeof now === 'string' && { usual: now }),
  };
  const temporary: Session = { ...session, chosen: [...session.chosen, time] };
  if (sessionKinds[session.kind].temporary === 'always') return [temporary];
  const lasting: Session = { ...session, chosen: session.chosen.filter((one) => !ofMfa(one)) };
  const isUsual = [tokenIssueTime, ...mfaKeys].some((key) => contextValue(usual, key) !== undefined);
  return isUsual ? [temporary, lasting] : [lasting, temporary];
}

function chosenOf({ chosen }: Session, lower: string): ChosenKey | undefined {
  return chosen.find(({ key }) => key.toLowerCase() === lower);
}

/** Whether a key is not one constant, there or missing, in all sessions. */
function isFree(sessions: readonly Session[], lower: string): boolean {
  const values = sessions.map(({ fixed }) => String(contextValue(fixed, lower)));
  return new Set(values).size > 1 || sessions.some((session) => chosenOf(session, lower) !== undefined);
}

function formsOf(sessions: readonly Session[], lower: string): Pick<FreeKey, 'forms'> {
  const forms = new Map<string, TextPattern>();
  for (const session of sessions) {
    const fixed = contextValue(session.fixed, lower);
    const chosen = chosenOf(session, lower);
    if (typeof fixed !== 'string' && chosen !== undefined && chosen.form === undefined) return {};
    const form = typeof fixed === 'string' ? literal(fixed) : chosen?.form;
    if (form !== undefined) forms.set(JSON.stringify(form), form);
  }
  return { forms: [...forms.values()] };
}

/** What a session demands of the free keys. */
function literalsOf(session: Session, free: ReadonlyMap<string, FreeKey>): Literal[] {
  const own = [...free].flatMap(([lower, { key, forms }]): Literal[] => {
    const test = { ifExists: false, key };
    const fixed = contextValue(session.fixed, lower);
    if (typeof fixed === 'string')
      return [{ test: { ...test, operator: 'StringEquals', values: [fixed] }, holds: true }];
    const chosen = chosenOf(session, lower);
    const missing: Literal = {
      test: { ...test, operator: 'Null', values: ['true'] },
      holds: chosen === undefined,
    };
    const only = chosen?.form && (forms === undefined || forms.length > 1) ? likeOf(chosen, test) : [];
    return [...(chosen?.optional ? [] : [missing]), ...only];
  });
  const limits = session.limits.filter(({ test }) => free.has(test.key.toLowerCase()));
  return [...own, ...limits];
}

/** The constant start of a form, as a test: it tells the sessions apart that may have a key. */
function likeOf({ form = [], optional }: ChosenKey, test: { key: string; ifExists: boolean }): Literal[] {
  const end = form.findIndex(({ chars, repeat }) => repeat || !('only' in chars) || chars.only.length > 1);
  const prefix = form
    .slice(0, end === -1 ? undefined : end)
    .map(({ chars }) => ('only' in chars ? chars.only : ''))
    .join('');
  if (prefix === '' || /[*?$]/.test(prefix)) return [];
  const operator = end === -1 ? 'StringEquals' : 'StringLike';
  const values = [end === -1 ? prefix : `${prefix}*`];
  return [{ test: { ...test, ifExists: optional, operator, values }, holds: true }];
}

function meets(session: Session, key: string, value: string | undefined): boolean {
  const context = value === undefined ? {} : { [key]: value };
  return session.limits
    .filter(({ test }) => test.key.toLowerCase() === key.toLowerCase())
    .every(({ test, holds }) => compilePlainTest(test).matches(context) === holds);
}

/** Whether a session can have a key of the usual context with its value. */
function admits(session: Session, key: string, usual: RequestContext): boolean {
  const value = contextValue(usual, key);
  const chosen = chosenOf(session, key.toLowerCase());
  if (chosen === undefined || typeof value !== 'string') return false;
  return (chosen.form === undefined || matchesPattern(chosen.form, value)) && meets(session, key, value);
}

/** A value for a normal session that the session's limits let through; undefined where it can be as usual. */
function normalValue(
  session: Session,
  lower: string,
  usual: RequestContext,
): string | readonly string[] | undefined {
  const fixed = contextValue(session.fixed, lower);
  if (fixed !== undefined) return fixed;
  const chosen = chosenOf(session, lower);
  if (chosen === undefined || admits(session, chosen.key, usual)) return undefined;
  if (chosen.usual === undefined && chosen.optional && meets(session, chosen.key, undefined))
    return undefined;
  const fits = (value: string) =>
    (chosen.form === undefined || matchesPattern(chosen.form, value)) && meets(session, chosen.key, value);
  const written = session.limits.flatMap(({ test }) => (test.key.toLowerCase() === lower ? test.values : []));
  const made = ['permission-check', ''].flatMap((filling) =>
    written.map((text) => text.replaceAll('*', filling).replaceAll('?', 'x')),
  );
  return [...(chosen.usual === undefined ? [] : [chosen.usual]), ...made].find(fits) ?? chosen.usual;
}

import { conditionHolds, isClaimKey, type Literal } from '@permission-check/iam-policy';
import type { Admission } from './admission.ts';

const REQUEST_TAG = /^aws:requesttag\//i;

/** Whether a key of a call to STS is about the tags that it passes. */
export function isTagKey(key: string): boolean {
  return REQUEST_TAG.test(key) || /^(aws:tagkeys|sts:transitivetagkeys)$/i.test(key);
}

export function namesTags(ways: readonly Admission[]): boolean {
  return ways.some(({ literals }) => literals.some(({ test }) => isTagKey(test.key)));
}

/** A call to STS, as far as it decides what its session shows. */
interface Call {
  /** The tags that it passes, as keys of the session: `aws:PrincipalTag/team`. */
  readonly passed: readonly string[];
  /** The tags that some policy reads; others may be passed beside them. */
  readonly read: readonly string[];
  /** What a test of the session's name is as one of the session; a truth where every session has the same answer. */
  readonly asName: (test: Literal['test']) => Literal['test'] | boolean | undefined;
}

/**
 * What STS demands of a call, as demands on the session that it gives; undefined where no such call can be. Demands
 * on what the session does not show (an external id, an address) can be met by somebody.
 */
export function sessionLimits(literals: readonly Literal[], call: Call): Literal[] | undefined {
  const limits: Literal[] = [];
  for (const literal of literals) {
    const limit = sessionLimit(literal, call);
    if (limit === false) return undefined;
    if (limit !== true) limits.push(limit);
  }
  return limits;
}

/** One demand of a call as one on the session; or whether such a call can be, where the session does not show it. */
function sessionLimit({ test, holds }: Literal, call: Call): Literal | boolean {
  const lower = test.key.toLowerCase();
  if (REQUEST_TAG.test(lower)) return tagLimit({ test, holds }, call);
  switch (lower) {
    case 'aws:tagkeys':
      return keysCanBe(
        test,
        holds,
        call.passed.map((key) => key.slice('aws:PrincipalTag/'.length)),
      );
    case 'sts:rolesessionname': {
      const named = call.asName(test);
      return typeof named === 'object' ? { test: named, holds } : named === undefined || named === holds;
    }
    case 'sts:sourceidentity':
      return { test: { ...test, key: 'aws:SourceIdentity' }, holds };
    case 'aws:multifactorauthpresent':
      return { test, holds };
    default:
      // What a token had to say, the session says as well, if it says it.
      return isClaimKey(lower) && holds && test.operator !== 'Null'
        ? { test: { ...test, ifExists: true }, holds }
        : true;
  }
}

/** What is demanded of a tag of the call: of the session's, where it is passed. */
function tagLimit({ test, holds }: Literal, { passed, read }: Call): Literal | boolean {
  const tag = test.key.slice('aws:RequestTag/'.length).toLowerCase();
  const isMeant = (key: string) => key.toLowerCase() === `aws:principaltag/${tag}`;
  const key = passed.find(isMeant);
  if (key !== undefined) return { test: { ...test, key }, holds };
  const mayBePassedBeside = passed.length > 0 && !read.some(isMeant);
  return mayBePassedBeside || conditionHolds(test, '2008-10-17', {}) === holds;
}

/**
 * Whether aws:TagKeys can be as a test demands when these tags are passed, and others beside them if it helps. Keys of tags
 * are passed in any letter case, and the condition keys aws:PrincipalTag/… are the same in all of them.
 *
 * Source: IAM User Guide, "Pass session tags in AWS STS" (tags are not distinguished by case).
 */
function keysCanBe(test: Literal['test'], holds: boolean, names: readonly string[]): boolean {
  const matches = (keys: readonly string[], one = test) =>
    conditionHolds(one, '2008-10-17', keys.length === 0 ? {} : { 'aws:TagKeys': keys });
  if (names.length === 0) return matches([]) === holds;
  const more = test.values.map((value) => value.replaceAll('*', 'permission-check').replaceAll('?', 'x'));
  const beside = [[], ['permission-check'], more, [...more, 'permission-check'], ...more.map((one) => [one])];
  // Letter by letter as the test's values have them, or as none of them does.
  const alike = { ...test, values: test.values.map((value) => value.toLowerCase()) };
  const likeNone = names.map((name) => spellings(name).find((one) => !isAmong(one, test)) ?? name);
  const lower = (texts: readonly string[]) => texts.map((text) => text.toLowerCase());
  return beside.some(
    (others) =>
      matches([...new Set([...likeNone, ...others])]) === holds ||
      matches([...new Set(lower([...names, ...others]))], alike) === holds,
  );
}

/** Some of the ways to write a tag's key. */
function spellings(name: string): string[] {
  const swapped = [...name].map((char, i) => (i % 2 === 0 ? char.toUpperCase() : char.toLowerCase()));
  const capital = `${name.charAt(0).toUpperCase()}${name.slice(1).toLowerCase()}`;
  return [name, name.toLowerCase(), name.toUpperCase(), capital, swapped.join('')];
}

/** Whether a test's operator, as it is without a negation, holds for one key alone. */
function isAmong(name: string, { operator, ...test }: Literal['test']): boolean {
  const plain = { ...test, operator: operator.replace('Not', ''), quantifier: 'ForAnyValue' as const };
  return conditionHolds(plain, '2008-10-17', { 'aws:TagKeys': [name] });
}

/** A test of the session's name as one of aws:userid; a truth where every session has the same answer. */
export function sessionNameTest(test: Literal['test'], id: string): Literal['test'] | boolean | undefined {
  if (test.operator === 'Null') return test.values.some((value) => value.toLowerCase() === 'false');
  if (!/^String/.test(test.operator)) return undefined;
  return { ...test, key: 'aws:userid', values: test.values.map((value) => `${id}:${value}`) };
}

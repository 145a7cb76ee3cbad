import { type PolicySource, wildcardTest } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { isAwsManaged } from './aws-managed.ts';
import { listOf } from './list.ts';
import type { MatcherInput, MatchInput, ScalarsInput } from './schema.ts';

/** Whom a rule or a suppression is about. */
export interface Matcher {
  /** As written, for messages. */
  readonly text: string;
  matches(principal: Principal): boolean;
}

/**
 * A pattern of principals: `role/NAME`, `user/NAME`, with a path `role/team/NAME`, an ARN, or `*`; `*` and `?`
 * are wildcards. A pattern with a path is held against path and name together, any other against the name.
 */
export function textMatcher(text: string): Matcher {
  if (text.startsWith('arn:')) {
    const matches = arnTest(text);
    return { text, matches: ({ arn }) => matches(arn) };
  }
  const test = wildcardTest(text);
  const withPath = /^(user|role)\/.*\//.test(text);
  return { text, matches: ({ kind, path, name }) => test(`${kind}${withPath ? path : '/'}${name}`) };
}

/** A test for ARNs, part by part: a wildcard stands for text without a colon, so that it cannot reach a neighbour. */
function arnTest(pattern: string): (arn: string) => boolean {
  const tests = pattern.split(':').map(wildcardTest);
  return (arn) => {
    const parts = arn.split(':');
    return parts.length === tests.length && parts.every((part, index) => tests[index]?.(part));
  };
}

/** What is wrong with such a pattern, or undefined. */
export function problemOfPattern(text: string): string | undefined {
  if (text === '*') return undefined;
  if (text.startsWith('arn:')) {
    if (/^arn:[^:]*:sts:/.test(text)) {
      return `"${text}" is a session's ARN: name the role, role/NAME`;
    }
    return /^arn:[^:]+:iam::[^:]+:(user|role|\*)/.test(text)
      ? undefined
      : `"${text}" matches no IAM user or role: write arn:aws:iam::123456789012:role/NAME`;
  }
  const [kind = '', ...rest] = text.split('/');
  if (rest.length > 0 && rest.at(-1) !== '' && ['role', 'user'].includes(kind)) return undefined;
  return `"${text}" names neither users nor roles${didYouMean(kind, ['role', 'user'])}: write role/NAME, user/NAME, an ARN or *`;
}

function mappingMatcher(input: MatcherInput): Matcher {
  const user = anyOf(input.user);
  const role = anyOf(input.role);
  const path = anyOf(input.path);
  const arn = anyOf(input.arn, arnTest);
  const group = anyOf(input.group);
  const attached = attachedTest(input.attached);
  const tags = Object.entries(input.tag ?? {}).map(([key, wanted]) => ({ key, test: anyOf(wanted) }));
  return {
    text: Object.entries(input)
      .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', '),
    matches: (principal) =>
      user(principal.kind === 'user' ? [principal.name] : []) &&
      role(principal.kind === 'role' ? [principal.name] : []) &&
      path([principal.path]) &&
      arn([principal.arn]) &&
      group(principal.groups) &&
      attached(principal) &&
      tags.every(({ key, test }) =>
        test(Object.hasOwn(principal.tags, key) ? [principal.tags[key] ?? ''] : []),
      ),
  };
}

/** Whether one of the values matches one of the patterns; without patterns everything does. */
function anyOf(
  patterns: ScalarsInput | undefined,
  testOf: (pattern: string) => (value: string) => boolean = wildcardTest,
): (values: readonly string[]) => boolean {
  if (patterns === undefined) return () => true;
  const tests = listOf(patterns).map((pattern) => testOf(String(pattern)));
  return (values) => tests.some((test) => values.some(test));
}

/**
 * Whether a managed policy is attached, to the principal itself or through a group. A name means AWS's policy, since
 * anybody who may create policies could give one of the account the same name; that of a customer is named by its ARN.
 */
function attachedTest(patterns: ScalarsInput | undefined): (principal: Principal) => boolean {
  if (patterns === undefined) return () => true;
  const tests = listOf(patterns).map((one) => {
    const pattern = String(one);
    if (pattern.startsWith('arn:')) {
      const matches = arnTest(pattern);
      return ({ arn }: PolicySource) => arn !== undefined && matches(arn);
    }
    const matches = wildcardTest(pattern);
    return (policy: PolicySource) => isAwsManaged(policy) && matches(policy.name);
  });
  return ({ policies }) => policies.some((policy) => isManaged(policy) && tests.some((test) => test(policy)));
}

const isManaged = ({ type }: PolicySource): boolean => type === 'aws-managed' || type === 'customer-managed';

/** The matchers that a rule's `match` stands for; a principal must fit one of them. */
export function matchersOf(input: MatchInput): Matcher[] {
  return (Array.isArray(input) ? input : [input]).map((one) =>
    typeof one === 'string' ? textMatcher(one) : mappingMatcher(one),
  );
}

/** What is wrong with a `match`, one sentence each. */
export function problemsOfMatch(input: MatchInput): string[] {
  return (Array.isArray(input) ? input : [input]).flatMap((one) => {
    if (typeof one === 'string') return problemOfPattern(one) ?? [];
    if (Object.keys(one).length === 0)
      return 'an empty mapping would match everybody: write "*" if that is meant';
    const problems = listOf(one.arn ?? []).flatMap((arn) => problemOfPattern(arn) ?? []);
    if (one.user !== undefined && one.role !== undefined) {
      problems.push('nobody is both a user and a role: make it two entries of a list');
    }
    for (const path of listOf(one.path ?? [])) {
      if (!/^[/*]/.test(path) || !/[/*]$/.test(path))
        problems.push(`a path starts and ends with "/": "${path}"`);
    }
    return problems;
  });
}

import { type PolicySource, wildcardTest } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { partitions } from '#lib/catalog/regions.ts';
import { isAwsManaged } from './aws-managed.ts';
import { listOf } from './list.ts';
import type { MatcherInput, MatchInput, ScalarsInput } from './schema.ts';

/** Whom a rule or a suppression is about. */
export interface Matcher {
  /** As written, for messages. */
  readonly text: string;
  /** The same as it was read. */
  readonly input: string | MatcherInput;
  matches(principal: Principal): boolean;
  /** What version 0.1 took it for, where that was more: a wildcard that crosses colons, a name of anybody's policy. */
  readonly matchedOnce?: (principal: Principal) => boolean;
}

/**
 * A pattern of principals: `role/NAME`, `user/NAME`, with a path `role/team/NAME`, an ARN, or `*`; `*` and `?`
 * are wildcards. A pattern with a path is held against path and name together, any other against the name.
 */
export function textMatcher(text: string): Matcher {
  if (text.startsWith('arn:')) {
    const matches = arnTest(text);
    const once = wildcardTest(text);
    return {
      text,
      input: text,
      matches: ({ arn }) => matches(arn),
      matchedOnce: ({ arn }) => once(arn),
    };
  }
  const test = wildcardTest(text);
  const withPath = /^(user|role)\/.*\//.test(text);
  return {
    text,
    input: text,
    matches: ({ kind, path, name }) => test(`${kind}${withPath ? path : '/'}${name}`),
  };
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
    if (!/^arn:[^:]+:iam::[^:]+:(user|role|\*)/.test(text)) {
      return `"${text}" matches no IAM user or role: write arn:aws:iam::123456789012:role/NAME`;
    }
    const { partition, accountId } = arnParts(text);
    if (!/[*?]/.test(partition) && !partitions.includes(partition)) {
      return `"${text}": no partition is called "${partition}"${didYouMean(partition, partitions)}`;
    }
    return /[*?]/.test(accountId) || /^\d{12}$/.test(accountId)
      ? undefined
      : `"${text}": "${accountId}" is no account id, which has twelve digits`;
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
  const others = (principal: Principal): boolean =>
    user(principal.kind === 'user' ? [principal.name] : []) &&
    role(principal.kind === 'role' ? [principal.name] : []) &&
    path([principal.path]) &&
    group(principal.groups) &&
    tags.every(({ key, test }) =>
      test(Object.hasOwn(principal.tags, key) ? [principal.tags[key] ?? ''] : []),
    );
  const arnOnce = anyOf(input.arn);
  const attachedOnce = anyOf(input.attached);
  const namesOf = ({ policies }: Principal) =>
    policies.filter(isManaged).flatMap((policy) => [policy.name, policy.arn ?? policy.name]);
  return {
    text: Object.entries(input)
      .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', '),
    input,
    matches: (principal) => others(principal) && arn([principal.arn]) && attached(principal),
    ...((input.arn !== undefined || input.attached !== undefined) && {
      matchedOnce: (principal) =>
        others(principal) && arnOnce([principal.arn]) && attachedOnce(namesOf(principal)),
    }),
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
  return (Array.isArray(input) ? input : [input]).flatMap((one) =>
    typeof one === 'string' ? (problemOfPattern(one) ?? []) : problemsOfMapping(one),
  );
}

function problemsOfMapping(input: MatcherInput): string[] {
  if (Object.keys(input).length === 0) {
    return ['an empty mapping would match everybody: write "*" if that is meant'];
  }
  const problems = listOf(input.arn ?? []).flatMap((arn) => problemOfPattern(arn) ?? []);
  if (input.user !== undefined && input.role !== undefined) {
    problems.push('nobody is both a user and a role: make it two entries of a list');
  }
  const paths = listOf(input.path ?? []).filter((path) => !/^[/*]/.test(path) || !/[/*]$/.test(path));
  return [...problems, ...paths.map((path) => `a path starts and ends with "/": "${path}"`)];
}

/** What somebody must be able to do to come under a `match` by a choice of theirs; undefined where it names whom it means. */
export function trustOf(input: MatchInput): string | undefined {
  const entries = Array.isArray(input) ? input : [input];
  for (const one of entries) {
    if (typeof one === 'string') {
      if (/[*?]/.test(one)) return 'create users or roles with such a name';
      continue;
    }
    if (one.tag !== undefined) return 'tag users and roles';
    const named = [one.user, one.role, one.arn].filter((patterns) => patterns !== undefined);
    const exact = named.some((patterns) => listOf(patterns).every((pattern) => !/[*?]/.test(pattern)));
    if (exact || one.group !== undefined || one.attached !== undefined) continue;
    return one.path === undefined
      ? 'create users or roles with such a name'
      : 'create users or roles with such a path';
  }
  return undefined;
}

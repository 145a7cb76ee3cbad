import type { RequestContext } from '@permission-check/iam-policy';
import { conditionHolds, contextValue, keyFacts, parsePolicy } from '@permission-check/iam-policy';
import { listOf } from './list.ts';
import type { Complain, KeyPath } from './located.ts';
import type { ScalarsInput } from './schema.ts';
import type { Baseline, Guard } from './types.ts';

export const defaultRegion = 'us-east-1';

/**
 * The team's normal request. Without a word in the file it carries MFA and TLS, is made directly, now, in the
 * Region of the check; what the file says replaces or adds keys. There is no default source IP.
 */
export function baselineOf(
  context: Readonly<Record<string, ScalarsInput>>,
  region: string,
  now: Date,
): Baseline {
  const given: RequestContext = Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, textOf(key, value)]),
  );
  const defaults: RequestContext = {
    'aws:MultiFactorAuthPresent': 'true',
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    'aws:RequestedRegion': region,
    ...timeKeys(contextValue(given, 'aws:CurrentTime'), now),
  };
  const missing = Object.entries(defaults).filter(([key]) => contextValue(given, key) === undefined);
  return { context: { ...Object.fromEntries(missing), ...given }, region };
}

/** Both time keys speak of the same moment. */
function timeKeys(given: string | readonly string[] | undefined, now: Date): RequestContext {
  const at = typeof given === 'string' && !Number.isNaN(Date.parse(given)) ? new Date(given) : now;
  return {
    'aws:CurrentTime': `${at.toISOString().slice(0, 19)}Z`,
    'aws:EpochTime': String(Math.floor(at.getTime() / 1000)),
  };
}

/** A key that always has a list has one of a single value, too. */
function textOf(key: string, value: ScalarsInput): string | readonly string[] {
  const isList = Array.isArray(value) || keyFacts(key).multivalued === true;
  return isList ? listOf(value).map(String) : String(value);
}

/** Keys that say who asks, for what, or when: no normal request could fix them. */
const notOfTheRequest = /^aws:(principal|username|userid|resource|requesttag|tagkeys|currenttime|epochtime)/i;

/**
 * Warns when the normal request contradicts a guard: everything that the guard covers would then be expected to be
 * denied. What the context does not say, a normal request has as the guard demands it.
 *
 * @param at where the file has the guard
 */
export function warnOfUnmetGuard(guard: Guard, at: KeyPath, { context }: Baseline, complain: Complain): void {
  const document = parsePolicy(guard.policy.text);
  for (const test of document.statements.flatMap(({ conditions }) => conditions)) {
    const given = contextValue(context, test.key);
    if (given === undefined || notOfTheRequest.test(test.key)) continue;
    if (conditionHolds(test, document.version, context)) continue;
    complain(
      `the normal request does not meet this guard: ${test.key} is ${JSON.stringify(given)} in "context", and everything it covers counts as excess`,
      at,
      'warning',
    );
  }
}

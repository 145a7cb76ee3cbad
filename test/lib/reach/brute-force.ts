import { decide, PolicyCompiler, type PolicySet, type RequestContext } from '@permission-check/iam-policy';
import * as z from 'zod';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';

const table = ['sts:AssumeRole'];
const compiler = new PolicyCompiler(table, { unreadable: 'keep' });

const document = z.object({
  Statement: z.preprocess(
    (value) => [value].flat(),
    z.array(
      z.looseObject({
        Effect: z.string(),
        Action: z.optional(z.union([z.string(), z.array(z.string())])),
        Condition: z.optional(
          z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))),
        ),
      }),
    ),
  ),
});

/** Keys that say who asks, which nobody chooses. */
const given =
  /^aws:(principalarn|principalaccount|principaltype|username|principalorgid|currenttime|epochtime|tokenissuetime)$/;

/** Values that conditions hold a key against, and some that they do not; undefined: the key is absent. */
function valuesOf(
  texts: readonly string[],
  isFixed: (key: string) => boolean,
): Map<string, (string | undefined)[]> {
  const tests = texts
    .flatMap((text) => document.parse(JSON.parse(text)).Statement)
    .flatMap(({ Condition = {} }) => Object.values(Condition).flatMap((test) => Object.entries(test)));
  const values = new Map<string, (string | undefined)[]>();
  for (const [name, named] of tests) {
    const key = name.toLowerCase();
    if (given.test(key) || isFixed(key)) continue;
    const tried = values.get(key) ?? [undefined, 'other', 'true', 'false', '2'];
    values.set(key, [...new Set([...tried, ...[named].flat().map(concrete)])]);
  }
  return values;
}

/** Tags come with a session only where the trust policy lets them; a user's are his own. */
function takesTags({ kind, trust }: Principal): boolean {
  if (kind === 'user' || trust === undefined) return false;
  return document
    .parse(JSON.parse(trust.text))
    .Statement.some(
      ({ Effect, Action }) => Effect === 'Allow' && /sts:TagSession|sts:\*/.test(String(Action)),
    );
}
const concrete = (pattern: string) => pattern.replaceAll('*', 'xx').replaceAll('?', 'x');

function* contextsOf(values: [string, (string | undefined)[]][]): Generator<RequestContext> {
  const [first, ...rest] = values;
  if (first === undefined) return yield {};
  const [key, tried] = first;
  for (const value of tried)
    for (const context of contextsOf(rest))
      yield value === undefined ? context : { ...context, [key]: value };
}

/** The names of the role's sessions that a trust policy names, and another one. */
function sessionNames(caller: Principal, trust: string): string[] {
  if (caller.kind === 'user') return [];
  const names = [...trust.matchAll(new RegExp(`:assumed-role/${caller.name}/([^"]+)"`, 'g'))];
  return ['any', ...names.map(([, name = '']) => name)];
}

/**
 * Whether a principal may assume a role of its account, by trying: each session that the trust policy names, and
 * every combination of values that conditions ask about. As IAM, it decides each by the evaluation of one request.
 */
export function mayAssumeByTrying(caller: Principal, role: Principal, scps?: PolicySet['scps']): boolean {
  if (role.trust === undefined) throw new Error(`${role.arn} has no trust policy`);
  const set = compiler.compileSet({
    identity: caller.policies,
    ...(caller.boundary && { boundary: caller.boundary }),
    ...(scps && { scps }),
    resource: role.trust,
  });
  const facts = principalContext(caller);
  const texts = [role.trust, ...caller.policies, ...(caller.boundary ? [caller.boundary] : [])];
  const values = valuesOf(
    texts.map(({ text }) => text),
    (key) => key === 'aws:userid' || (key.startsWith('aws:principaltag/') && !takesTags(caller)),
  );
  const ids = caller.kind === 'user' ? [facts['aws:userid']] : undefined;
  const userIds = ids ?? sessionNames(caller, role.trust.text).map((name) => `${caller.id}:${name}`);
  for (const userId of userIds) {
    for (const chosen of contextsOf([...values])) {
      const kept = Object.entries(facts).filter(([key]) => chosen[key.toLowerCase()] === undefined);
      const context = { ...Object.fromEntries(kept), ...chosen, 'aws:userid': userId ?? '' };
      const { decision, matched } = decide(set.possible, {
        action: 'sts:AssumeRole',
        resource: role.arn,
        context,
      });
      // Other resource-based policies leave it to identity policies whom they do not name; a trust policy does not.
      const isTrusted = matched.some(
        ({ layer, statement }) => layer === 'resource' && statement.effect === 'Allow',
      );
      if (decision === 'allowed' && isTrusted) return true;
    }
  }
  return false;
}

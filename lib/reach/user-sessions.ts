import { type ChosenKey, type Literal, type Session, sessionForms } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admission, Admissions } from './admission.ts';
import { mfaOf, passedTag, tagsIn } from './chosen-keys.ts';
import { distinctSessions, entered, type Reads, without } from './entered.ts';
import { sessionLimits } from './session-limits.ts';

/** The sessions of a user: with its own keys, and as whom it federates. */
export function userSessions(user: Principal, reads: Reads, admissions: Admissions): Session[] {
  const facts = principalContext(user);
  const plain: Session = { kind: 'user', fixed: facts, chosen: mfaOf('user'), limits: [] };
  const { accountId, partition } = arnParts(user.arn);
  const prefix = `arn:${partition}:sts::${accountId}:federated-user/`;
  const form = sessionForms.federatedAfter(prefix);
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
      form: sessionForms.federatedAfter(`${accountId}:`),
      optional: false,
      usual: `${accountId}:permission-check`,
    },
    ...mfaOf('federated-user'),
  ];
  const sessions = [
    plain,
    ...entered(federating, tagging, tags, (passed, literals, ways): Session | undefined => {
      const limits = sessionLimits(literals, { passed, read: tags, asName: () => undefined });
      if (limits === undefined) return undefined;
      return {
        kind: 'federated-user',
        fixed: { ...without(fixed, passed), 'aws:PrincipalType': 'FederatedUser' },
        chosen: [...named, ...passed.map(passedTag)],
        limits: [...limits, ...ways.flatMap((way) => nameLimits(way, prefix, accountId))],
      };
    }),
  ];
  return distinctSessions(sessions);
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

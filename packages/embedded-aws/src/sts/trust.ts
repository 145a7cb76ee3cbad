import type { PolicySet, RequestContext } from '@permission-check/iam-policy';
import { z } from 'zod';
import { decideFor } from '../authorization/evaluate.ts';
import type { Caller } from '../types.ts';

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const principal = z.union([z.literal('*'), z.record(z.string(), texts)]);
const statement = z.looseObject({
  Effect: z.string(),
  Principal: principal.optional(),
});
const trustPolicy = z.looseObject({
  Version: z.string().optional(),
  Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()),
});

type TrustedPrincipal = z.output<typeof principal>;

/**
 * Whether a trust policy lets the caller, or the caller's account, do the action. Where it names the account only,
 * the caller's own policies must allow the action as well.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal", "Roles terms and concepts".
 */
export function trusts(trust: string, caller: Caller, action: string, context: RequestContext): boolean {
  const parsed = trustPolicy.safeParse(JSON.parse(trust));
  if (!parsed.success) return false;
  // Without its Principal a statement of a trust policy is one of an identity-based policy on that role.
  const statements = parsed.data.Statement.filter(({ Principal }) => covers(Principal, caller)).map(
    ({ Principal: _, ...rest }) => ({ ...rest, Resource: '*' }),
  );
  if (statements.length === 0) return false;
  const text = JSON.stringify({ Version: parsed.data.Version ?? '2008-10-17', Statement: statements });
  const policies: PolicySet = { identity: [{ name: 'trust policy', type: 'inline', text }] };
  return decideFor(policies, { action, resource: '*', context }).decision === 'allowed';
}

function covers(principal: TrustedPrincipal | undefined, { accountId, arn, principalArn }: Caller): boolean {
  if (principal === undefined) return false;
  const values = principal === '*' ? ['*'] : (principal.AWS ?? []);
  const names = ['*', arn, principalArn, accountId, `arn:aws:iam::${accountId}:root`];
  return values.some((value) => names.includes(value));
}

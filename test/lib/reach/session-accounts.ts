import { expect } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { accountId, accountOf } from './account.ts';

export const expectations = builtInExpectations({ now: new Date('2026-11-24T12:00:00Z') });

export const under = (Condition: object) => ({
  Effect: 'Allow',
  Action: 'rekognition:DeleteFaces',
  Resource: '*',
  Condition,
});
export const lets = (
  AWS: string,
  Action: string | readonly string[] = 'sts:AssumeRole',
  Condition?: object,
) => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action,
  ...(Condition && { Condition }),
});
export const service = (Service: string, Action: string | readonly string[] = 'sts:AssumeRole') => ({
  Effect: 'Allow',
  Principal: { Service },
  Action,
});
export const federated = (Federated: string, Action: string | readonly string[]) => ({
  Effect: 'Allow',
  Principal: { Federated },
  Action,
});
export const may = (Action: string | readonly string[], Resource = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});

export const root = `arn:aws:iam::${accountId}:root`;
export const ana = `arn:aws:iam::${accountId}:user/ana`;
export const tagged = under({ StringEquals: { 'aws:PrincipalTag/team': 'vision' } });
export const named = under({ StringLike: { 'aws:userid': '*:maintenance' } });
export const identified = under({ StringEquals: { 'aws:SourceIdentity': 'ana' } });
export const withMfa = under({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });

/** Whether the built-in expectation, which expects nothing, finds that the last of the principals has access. */
export async function hasAccess(...all: Principal[]): Promise<boolean> {
  const { findings } = await checkAccount(accountOf(...all), { expectations });
  const subject = all.at(-1)?.arn;
  const own = findings.filter(({ principalArn }) => principalArn === subject);
  expect(own.map(({ kind }) => kind).filter((kind) => kind !== 'excess' && kind !== 'exposed')).toEqual([]);
  return own.some(({ kind }) => kind === 'excess');
}

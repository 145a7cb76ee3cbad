import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountOf, policyOf, role } from '../reach/account.ts';

export const lets = (Principal: object) => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
export const may = (Action: string | string[], Resource = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
export const faces = role('faces', lets({ Service: 'lambda.amazonaws.com' }), may('rekognition:*'));
export const expectations = expectationsOf(
  'principals:\n  - { match: role/faces, expect: any }\n  - { match: "*", expect: [] }\n',
);

/** Who can come to what he should not have, and by which actions. */
export async function indirect(...all: Principal[]): Promise<Record<string, string>> {
  const { findings } = await checkAccount(accountOf(faces, ...all), { expectations });
  const own = findings.filter(({ kind }) => kind === 'indirect');
  return Object.fromEntries(
    own.map(({ subject, summary }) => [
      subject,
      /: (.*?)(?:, and in .* other ways?)?\.$/.exec(summary)?.[1] ?? '',
    ]),
  );
}

export const boundary = (statement: object | object[]) =>
  ({ ...policyOf('boundary', statement), type: 'customer-managed' }) as const;

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import {
  account,
  accountFiles,
  all,
  attach,
  details,
  OWN_ARN,
  READ,
  READ_ARN,
  role,
  user,
} from './authorization-details.ts';

const EXAMPLE = join(
  import.meta.dirname,
  '../../../../shared/data/example-account-authorization-details.json',
);

const { read, write } = accountFiles();

describe('accountFromFile', () => {
  test('gives users, then roles, with everything that binds them', async () => {
    const file = await accountFromFile(write(JSON.stringify(account, null, 4)));
    expect(file).toMatchObject({ accountId: '123456789012', partition: 'aws' });
    expect([...(file.managedPolicies?.() ?? [])].map(({ arn }) => arn)).toContain(OWN_ARN);
    const [ann, bob, etl, copy, linked, ...others] = await all(file);
    expect(others).toEqual([]);
    expect(ann).toMatchObject({
      kind: 'user',
      arn: 'arn:aws:iam::123456789012:user/people/ann',
      name: 'ann',
      path: '/people/',
      id: 'AIDAann',
      tags: { team: 'vision' },
      groups: ['vision'],
      unreadable: [],
      serviceLinked: false,
    });
    expect(ann?.policies.map(({ name, type, group, versionId }) => [name, type, group, versionId])).toEqual([
      ['mine', 'inline', undefined, undefined],
      ['search', 'inline', 'vision', undefined],
      ['AmazonRekognitionReadOnlyAccess', 'aws-managed', 'vision', 'v10'],
    ]);
    expect(ann?.boundary).toMatchObject({
      name: 'own',
      type: 'customer-managed',
      arn: OWN_ARN,
      versionId: 'v2',
    });
    expect(bob?.policies).toHaveLength(1);
    expect([etl?.kind, copy?.kind, linked?.serviceLinked]).toEqual(['role', 'role', true]);
  });

  test('hands out one object for one policy, and one array for the same policies', async () => {
    const [, bob, etl, copy] = await read(JSON.stringify(account));
    expect(etl?.policies).toBe(copy?.policies);
    expect(etl?.policies[0]).toBe(bob?.policies[0]);
  });

  test('keeps text as stored, and writes objects as the IAM console shows them', async () => {
    const stored = '{"Version":"2012-10-17",\n  "Statement":[]}';
    const [principal] = await read(
      JSON.stringify(
        details({
          roles: [
            role('r', {
              RolePolicyList: [
                { PolicyName: 'encoded', PolicyDocument: encodeURIComponent(stored) },
                { PolicyName: 'text', PolicyDocument: stored },
                { PolicyName: 'percent', PolicyDocument: '{"Id":"100%25"}' },
                { PolicyName: 'object', PolicyDocument: READ },
              ],
            }),
          ],
        }),
      ),
    );
    expect(principal?.policies.map(({ text }) => text)).toEqual([
      stored,
      stored,
      '{"Id":"100%25"}',
      JSON.stringify(READ, null, 4),
    ]);
  });

  test('names what it could not read, and takes a lookup for managed policies', async () => {
    const content = JSON.stringify(
      details({
        users: [user('u', { GroupList: ['gone'] })],
        roles: [
          role('r', {
            ...attach(READ_ARN),
            RolePolicyList: [{ PolicyName: 'bad', PolicyDocument: '%zz' }],
            PermissionsBoundary: { PermissionsBoundaryArn: OWN_ARN },
          }),
        ],
      }),
    );
    const [someone, unknown] = await read(content);
    expect(someone?.unreadable).toEqual(['group gone: not in the input']);
    expect(unknown?.policies).toEqual([]);
    // A boundary that nobody knows is not the same as none.
    expect(unknown?.boundary).toMatchObject({ arn: OWN_ARN, text: '' });
    expect(unknown?.unreadable).toEqual([
      'inline policy bad: its document is not URL-encoded text',
      `managed policy ${READ_ARN}: attached, but not in the input`,
      `permissions boundary managed policy ${OWN_ARN}: attached, but not in the input`,
    ]);
    const policy = { name: 'x', type: 'aws-managed', text: '{}' } as const;
    const helped = await accountFromFile(write(content), {
      managedPolicies: (arn) => (arn === READ_ARN ? policy : undefined),
    });
    expect((await all(helped))[1]?.policies).toEqual([policy]);
  });

  test('a tag may have any name', async () => {
    const Tags = [{ Key: '__proto__', Value: 'x' }, { Key: 'empty' }];
    const [principal] = await read(JSON.stringify(details({ roles: [role('r', { Tags })] })));
    expect(Object.entries(principal?.tags ?? {})).toEqual([
      ['__proto__', 'x'],
      ['empty', ''],
    ]);
  });

  // The example account is test data that is not carried in the repository.
  test.skipIf(!existsSync(EXAMPLE))('reads the example account completely', async () => {
    const principals = await all(await accountFromFile(EXAMPLE));
    expect(principals).toHaveLength(122);
    expect(principals.filter(({ kind }) => kind === 'user')).toHaveLength(44);
    expect(principals.flatMap(({ unreadable }) => unreadable)).toEqual([]);
    expect(principals.every(({ policies }) => policies.every(({ text }) => JSON.parse(text).Statement))).toBe(
      true,
    );
  });
});

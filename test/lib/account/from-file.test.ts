import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { InputError } from '#lib/errors.ts';

const EXAMPLE = join(
  import.meta.dirname,
  '../../../../shared/data/example-account-authorization-details.json',
);

const READ = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'rekognition:List*', Resource: '*' }],
};
const READ_ARN = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
const OWN_ARN = 'arn:aws:iam::123456789012:policy/team/own';

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'account-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, content);
  return path;
}

async function all(account: Account): Promise<Principal[]> {
  const principals: Principal[] = [];
  for await (const principal of account.principals()) principals.push(principal);
  return principals;
}

const read = async (content: string | Uint8Array) => all(await accountFromFile(write(content)));

function managed(arn: string, document: unknown, version = 'v2') {
  return {
    PolicyName: arn.split('/').at(-1),
    Arn: arn,
    DefaultVersionId: version,
    PolicyVersionList: [
      { VersionId: 'v1', IsDefaultVersion: false, Document: { Version: '2012-10-17', Statement: [] } },
      { VersionId: version, IsDefaultVersion: true, Document: document },
    ],
  };
}

function role(name: string, more: object = {}) {
  return {
    Path: '/',
    RoleName: name,
    RoleId: `AROA${name}`,
    Arn: `arn:aws:iam::123456789012:role/${name}`,
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole' }] },
    RolePolicyList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

function user(name: string, more: object = {}) {
  return {
    Path: '/people/',
    UserName: name,
    UserId: `AIDA${name}`,
    Arn: `arn:aws:iam::123456789012:user/people/${name}`,
    GroupList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

const attach = (...arns: string[]) => ({
  AttachedManagedPolicies: arns.map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyArn })),
});

function details(lists: { users?: object[]; groups?: object[]; roles?: object[]; policies?: object[] }) {
  return {
    UserDetailList: lists.users ?? [],
    GroupDetailList: lists.groups ?? [],
    RoleDetailList: lists.roles ?? [],
    Policies: lists.policies ?? [],
  };
}

const account = details({
  users: [
    user('ann', {
      GroupList: ['vision'],
      UserPolicyList: [{ PolicyName: 'mine', PolicyDocument: encodeURIComponent(JSON.stringify(READ)) }],
      Tags: [{ Key: 'team', Value: 'vision' }],
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: OWN_ARN },
    }),
    user('bob', attach(READ_ARN)),
  ],
  groups: [
    {
      Path: '/',
      GroupName: 'vision',
      GroupId: 'AGPA1',
      Arn: 'arn:aws:iam::123456789012:group/vision',
      GroupPolicyList: [{ PolicyName: 'search', PolicyDocument: JSON.stringify(READ) }],
      ...attach(READ_ARN),
    },
  ],
  roles: [
    role('etl', attach(READ_ARN)),
    role('copy', attach(READ_ARN)),
    role('AWSServiceRoleForX', {
      Path: '/aws-service-role/x.amazonaws.com/',
      Arn: 'arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX',
    }),
  ],
  policies: [managed(READ_ARN, READ, 'v10'), managed(OWN_ARN, READ)],
});

describe('accountFromFile', () => {
  test('gives users, then roles, with everything that binds them', async () => {
    const file = await accountFromFile(write(JSON.stringify(account, null, 4)));
    expect(file).toMatchObject({ accountId: '123456789012', partition: 'aws' });
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
    expect(unknown?.boundary).toBeUndefined();
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

  const layouts: [name: string, content: string | Uint8Array][] = [
    ['compact', JSON.stringify(account)],
    ['indented', JSON.stringify(account, null, 2)],
    ['with a byte order mark', `\ufeff${JSON.stringify(account)}`],
    ['lists in another order', JSON.stringify(Object.fromEntries(Object.entries(account).reverse()))],
    [
      'other keys',
      JSON.stringify({ IsTruncated: false, ...account, ResponseMetadata: { a: ['}', '"', '\\'] } }),
    ],
    [
      'a nested key of the same name',
      JSON.stringify({ Other: { Policies: [1], x: 'Policies' }, ...account }),
    ],
    ['a key written with an escape', JSON.stringify(account).replace('"Policies"', '"\\u0050olicies"')],
  ];
  test.each(layouts)('reads the same from any layout: %s', async (_, content) => {
    expect(await read(content)).toEqual(await read(JSON.stringify(account)));
  });

  test.each(['\n', ''])('reads pages that follow one another', async (between) => {
    const first = JSON.stringify({ ...details({ users: [user('a', attach(READ_ARN))] }), IsTruncated: true });
    const second = JSON.stringify({
      ...details({ policies: [managed(READ_ARN, READ)] }),
      IsTruncated: false,
    });
    for (const content of [`${first}${between}${second}`, `[${first},${between}${second}]`]) {
      const [principal] = await read(content);
      expect(principal?.policies).toHaveLength(1);
    }
  });

  const one = JSON.stringify(details({ roles: [role('r')] }));
  const bad: [name: string, content: string | Uint8Array, message: RegExp][] = [
    ['an empty file', '', /:1:1 \(byte 0\): expected an object.*end of the file/],
    ['not JSON', 'hello', /:1:1 .*expected an object.*found "h"/],
    ['a list missing', '{"UserDetailList":[]}', /GroupDetailList, RoleDetailList, Policies missing/],
    [
      'a list that is none',
      one.replace('"Policies":[]', '"Policies":{}'),
      /expected a list .* as Policies, found "\{"/,
    ],
    ['cut off in a list', one.slice(0, 150), /ends within RoleDetailList: was it cut off/],
    ['cut off behind the lists', one.slice(0, -1), /expected , or \} .*end of the file/],
    ['something behind it', `${one} x`, /expected the end of the file/],
    ['a key twice', one.replace('{', '{"UserDetailList":[],'), /"UserDetailList" occurs twice/],
    ['the first of several pages', one.replace('{', '{"NextToken":"x",'), /only some of the account's pages/],
    ['a truncated page', one.replace('{', '{"IsTruncated":true,'), /only some of the account's pages/],
    ['nobody in it', JSON.stringify(details({})), /holds no user, role, group or policy/],
    ['lists that are not the top level', `{"Account":${one}}`, /UserDetailList, .* missing/],
    ['a broken element', one.replace('"r"', 'r'), /RoleDetailList is not JSON/],
    [
      'an element of another kind',
      one.replace('"RoleName":"r"', '"RoleName":7'),
      /not an element of RoleDetailList: RoleName: expected string/,
    ],
    [
      'a boundary without an ARN',
      JSON.stringify(details({ roles: [role('r', { PermissionsBoundary: {} })] })),
      /PermissionsBoundary\.PermissionsBoundaryArn: expected string/,
    ],
    ['an element too many commas', one.replace('}]', '},]'), /RoleDetailList is not JSON/],
    ['a list closed by a brace', `${one.slice(0, -2)}}`, /expected , or \] in Policies/],
    ['UTF-16', Buffer.from(`\ufeff${one}`, 'utf16le'), /is UTF-16/],
  ];
  test.each(bad)('refuses %s', async (_, content, message) => {
    const reading = read(content);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(message);
  });

  test('points at the line of a broken element', async () => {
    const content = JSON.stringify(details({ roles: [role('a'), role('b'), role('é')] }), null, 2);
    const broken = content.replace('"AROAé"', '17');
    const line = broken.slice(0, broken.indexOf('"RoleName": "é"')).split('\n').length - 2;
    await expect(read(broken)).rejects.toThrow(new RegExp(`:${line}:5 .*RoleId`));
    const column = 17;
    const syntax = content.replace('"AROAb"', 'AROAb');
    const at = syntax.slice(0, syntax.indexOf('AROAb,')).split('\n').length;
    await expect(read(syntax)).rejects.toThrow(new RegExp(`:${at}:${column} .*not JSON`));
  });

  test('says that a file does not exist, or is no file', async () => {
    await expect(accountFromFile(join(folder, 'absent.json'))).rejects.toThrow(
      /cannot read the account file: ENOENT/,
    );
    await expect(accountFromFile(folder)).rejects.toThrow(InputError);
  });

  test('notices that the file changed between two readings', async () => {
    const path = write(one);
    const file = await accountFromFile(path);
    writeFileSync(path, JSON.stringify(details({ roles: [role('another')] })));
    await expect(all(file)).rejects.toThrow(/changed while it was being read/);
  });

  test('finds every element however the bytes fall into batches', async () => {
    // Texts that look like the commas between elements, in names and documents of any length.
    const noise = fc.constantFrom(
      '},{"Path":"',
      '"',
      '\\',
      ',\n        {\n            "Path"',
      ']',
      'é€😀',
      '{',
    );
    const roles = fc.array(
      fc.record({ text: fc.array(noise, { maxLength: 5 }), size: fc.integer({ min: 0, max: 400_000 }) }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(roles, fc.constantFrom(0, 4), async (generated, indent) => {
        const list = generated.map(({ text, size }, index) =>
          role(`r${index}`, {
            InstanceProfileList: [{ Path: '/' }, { Path: '/' }],
            Tags: [{ Key: text.join(''), Value: '}'.repeat(size) }],
          }),
        );
        const content = JSON.stringify(
          details({ roles: list, policies: [managed(OWN_ARN, READ)] }),
          null,
          indent,
        );
        const principals = await read(content);
        expect(principals.map(({ name, tags }) => [name, tags])).toEqual(
          generated.map(({ text, size }, index) => [`r${index}`, { [text.join('')]: '}'.repeat(size) }]),
        );
      }),
      { numRuns: 15, seed: 1 },
    );
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

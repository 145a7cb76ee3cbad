import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  account,
  accountFiles,
  attach,
  details,
  managed,
  OWN_ARN,
  READ,
  READ_ARN,
  role,
  user,
} from './authorization-details.ts';

const { open, read } = accountFiles();

describe('an account file of any layout', () => {
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

  test('reads the policies of projects that stand beside the lists, and does without', async () => {
    const statement = {
      ProjectArn: 'arn:aws:rekognition:eu-west-1:123456789012:project/a/1',
      PolicyName: 'p',
    };
    const ProjectPolicies = [
      { ...statement, PolicyDocument: '{"Version":"2012-10-17"}', PolicyRevisionId: '1' },
      { ...statement, PolicyName: 'q', PolicyDocument: { Version: '2012-10-17' } },
    ];
    const policies = async (content: object) =>
      (await open(JSON.stringify(content))).projectPolicies?.map(({ projectArn, policy }) => [
        projectArn,
        policy.name,
        JSON.parse(policy.text),
      ]);
    const expected = ['p', 'q'].map((name) => [statement.ProjectArn, name, { Version: '2012-10-17' }]);
    expect(await policies({ ...account, ProjectPolicies })).toEqual(expected);
    expect(await policies({ ProjectPolicies, ...account })).toEqual(expected);
    expect(await policies(account)).toBeUndefined();
    expect(await policies({ ...account, Other: { ProjectPolicies: 1 } })).toBeUndefined();
    await expect(open(JSON.stringify({ ...account, ProjectPolicies: [{}] }))).rejects.toThrow(
      /ProjectPolicies/,
    );
  });

  test('has the identity pools that stand beside the four lists, as Cognito describes them', async () => {
    const Roles = { unauthenticated: 'arn:aws:iam::123456789012:role/guest' };
    const IdentityPoolList = [
      {
        IdentityPoolId: 'eu-west-1:aa',
        AllowUnauthenticatedIdentities: true,
        AllowClassicFlow: false,
        Roles,
      },
      { IdentityPoolId: 'eu-west-1:bb', AllowUnauthenticatedIdentities: false, IdentityPoolName: 'b' },
      { IdentityPoolId: 'eu-west-1:cc', AllowUnauthenticatedIdentities: true, Roles: {} },
    ];
    const pools = async (content: object) => (await open(JSON.stringify(content))).identityPools;
    const expected = [
      { id: 'eu-west-1:aa', allowsGuests: true, allowsClassicFlow: false, guestRole: Roles.unauthenticated },
      { id: 'eu-west-1:bb', allowsGuests: false, allowsClassicFlow: true },
      { id: 'eu-west-1:cc', allowsGuests: true, allowsClassicFlow: true, guestRole: 'none' },
    ];
    expect(await pools({ ...account, IdentityPoolList })).toEqual(expected);
    expect(await pools({ IdentityPoolList, ...account })).toEqual(expected);
    expect(await pools(account)).toBeUndefined();
    await expect(open(JSON.stringify({ ...account, IdentityPoolList: [{}] }))).rejects.toThrow(
      /IdentityPoolList/,
    );
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
});

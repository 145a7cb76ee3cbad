import { describe, expect, test } from 'vitest';
import { file, run } from './program.ts';

const account = '123456789012';
const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const collection = `arn:aws:rekognition:us-east-1:${account}:collection/visitors`;

const allow = (Action: string, more = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const lets = (Principal: object, more = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
});
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const inline = (...statements: object[]) =>
  statements.length === 0 ? [] : [{ PolicyName: 'inline', PolicyDocument: document(...statements) }];

interface Roles {
  readonly [name: string]: {
    readonly trust: readonly object[];
    readonly may?: readonly object[];
    readonly path?: string;
  };
}
interface Users {
  readonly [name: string]: readonly object[];
}

/** An account file with these principals. */
function accountWith(users: Users, roles: Roles = {}): string[] {
  const entity = (kind: string, id: string, name: string, Path = '/') => ({
    Path,
    CreateDate: '2026-01-01T00:00:00Z',
    Arn: `arn:aws:iam::${account}:${kind}${Path}${name}`,
    AttachedManagedPolicies: [],
    Tags: [],
    [`${kind === 'user' ? 'User' : 'Role'}Name`]: name,
    [`${kind === 'user' ? 'User' : 'Role'}Id`]:
      id +
      name
        .toUpperCase()
        .replace(/[^A-Z]/g, '')
        .padEnd(17, 'X')
        .slice(0, 17),
  });
  const details = {
    UserDetailList: Object.entries(users).map(([name, statements]) => ({
      ...entity('user', 'AIDA', name),
      UserPolicyList: inline(...statements),
      GroupList: [],
    })),
    GroupDetailList: [],
    RoleDetailList: Object.entries(roles).map(([name, { trust, may = [], path }]) => ({
      ...entity('role', 'AROA', name, path),
      AssumeRolePolicyDocument: document(...trust),
      RolePolicyList: inline(...may),
      InstanceProfileList: [],
    })),
    Policies: [],
    IsTruncated: false,
  };
  return ['--account-details', file('error-account.json', JSON.stringify(details))];
}

const refused = (who: string, action: string, on: string, reason = '') =>
  `User: ${who} is not authorized to perform: ${action} on resource: ${on}${reason}`;
const words = (text: string) => text.replaceAll(/\s+/g, ' ');

async function explained(text: string, source: readonly string[]) {
  const { stdout, stderr, code } = await run(['explain', '--error', text, ...source]);
  return { text: words(stdout), stderr, code };
}

describe('a role that could not be assumed', () => {
  const named = lets({ AWS: user('ana') });
  const whole = lets({ AWS: account });
  const isDenied = { ...named, Effect: 'Deny' };
  const source = accountWith(
    { ana: [] },
    {
      closed: { trust: [lets({ Service: 'lambda.amazonaws.com' })] },
      account: { trust: [whole] },
      denied: { trust: [whole, isDenied] },
      only: { trust: [lets({ Service: 'lambda.amazonaws.com' }), isDenied] },
      partner: {
        trust: [lets({ AWS: '444455556666' }, { Condition: { StringEquals: { 'sts:ExternalId': 'x7' } } })],
      },
      video: { trust: [named] },
      ci: {
        trust: [
          {
            ...lets({
              Federated: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
            }),
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme/*' } },
          },
        ],
      },
    },
  );
  const assume = (name: string, who = user('ana'), reason = '') =>
    explained(refused(who, 'sts:AssumeRole', role(name), reason), source);

  test.each([
    [
      'the trust policy names somebody else',
      'closed',
      /no Allow in the trust policy of role\/closed\)\. Smallest change: add \{"Effect":"Allow","Principal":\{"AWS":"[^"]*:user\/ana"\},"Action":"sts:AssumeRole"\} to the trust policy of role\/closed\. Whom it names needs no policy of his own/,
    ],
    [
      'it names the account, and the user has no policy',
      'account',
      /no Allow in an identity-based policy\)\. Smallest change: give user\/ana a policy with \{"Effect":"Allow","Action":"sts:AssumeRole"/,
    ],
    [
      'a Deny in it, and then no policy of the user',
      'denied',
      /a Deny in the trust policy of role\/denied\).*take sts:AssumeRole out of the trust policy of role\/denied, statement 2.*Then no identity-based policy allows it/,
    ],
    [
      'a Deny in it, and then nobody who is named',
      'only',
      /take sts:AssumeRole out of the trust policy of role\/only, statement 2[^.]*\. Then the trust policy of role\/only does not let it in\./,
    ],
  ])('%s', async (_, name, answer) => {
    const { text, stderr, code } = await assume(name);
    expect(stderr).toBe('');
    expect(text).toMatch(answer);
    expect(code).toBe(0);
  });

  test('whom the trust policy names needs nothing else: the documents allow it', async () => {
    const { text, code } = await assume('video');
    expect(text).toContain('The documents at hand allow it');
    expect(code).toBe(2);
  });

  test('AWS names the trust policy, whatever the user may', async () => {
    const reason = ' because no role trust policy allows the sts:AssumeRole action';
    const { text } = await assume('closed', user('ana'), reason);
    expect(text).toContain('to the trust policy of role/closed');
    expect(text).not.toContain('give user/ana a policy');
  });

  test('somebody of another account: the condition that he does not meet, and his own account', async () => {
    const { text, code } = await assume('partner', 'arn:aws:sts::444455556666:assumed-role/ci/s');
    expect(text).toMatch(
      /Statement 1 of the trust policy of role\/partner allows it, but only when sts:ExternalId is x7: meet that, or add .*"AWS":"arn:aws:iam::444455556666:role\/ci"/,
    );
    expect(text).toContain('His own account has to allow it as well');
    expect(code).toBe(0);
  });

  describe('of a role that is not in the file, where AWS names no layer', () => {
    const may = allow('sts:AssumeRole');
    const users = accountWith({
      ana: [],
      may: [may],
      not: [{ ...may, Effect: 'Deny' }],
    });
    const abroad = 'arn:aws:iam::444455556666:role/other';
    const unknown =
      "The role's trust policy is of account 444455556666 and not known here: it has to let user/";
    const ask = (name: string, on: string, reason = '') =>
      explained(refused(user(name), 'sts:AssumeRole', on, reason), users);

    test.each([
      [
        'without an Allow of his own',
        'ana',
        /DENIED \(implicit, identity\).*\(no Allow in an identity-based policy\)\. Smallest change: give user\/ana a policy/,
      ],
      [
        'with a Deny of his own',
        'not',
        /DENIED \(explicit, identity\).*\(a Deny in an identity-based policy\)/,
      ],
      [
        'with an Allow of his own',
        'may',
        /: INCONCLUSIVE.* AWS refused sts:AssumeRole\. Nothing at hand refuses it\./,
      ],
    ])('another account: its trust policy is not known, %s', async (_, name, answer) => {
      const { text, code } = await ask(name, abroad);
      expect(text).toMatch(answer);
      expect(text).toContain(`${unknown}${name} in as well.`);
      expect(text).not.toMatch(/no Allow in the role's trust policy|The documents at hand allow it/);
      expect(code).toBe(2);
    });

    test('AWS names the trust policy of the other account: that it lacks an Allow is known', async () => {
      const reason = ' because no resource-based policy allows the sts:AssumeRole action';
      const { text, code } = await ask('may', abroad, reason);
      expect(text).toContain("(no Allow in the role's trust policy)");
      expect(text).not.toContain('not known here');
      expect(code).toBe(0);
    });

    test.each([
      ['ana', /\(no Allow in an identity-based policy\)/, 0],
      ['may', /The documents at hand allow it/, 2],
    ])('his own account: no other account is named (%s)', async (name, answer, exit) => {
      const { text, code } = await ask(name, role('unlisted'));
      expect(text).toMatch(answer);
      expect(text).not.toContain('not known here');
      expect(code).toBe(exit);
    });
  });

  test("a provider's token that does not fit: no advice lets in everybody of the provider", async () => {
    const event = {
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithWebIdentity',
      errorCode: 'AccessDenied',
      userIdentity: {
        type: 'WebIdentityUser',
        identityProvider: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
      },
      requestParameters: { roleArn: role('ci') },
    };
    const { text } = await explained(file('sts.json', JSON.stringify(event)), source);
    expect(text).toMatch(
      /allows it, but only when token\.actions\.githubusercontent\.com:sub is like repo:acme\/\*/,
    );
    expect(text).not.toContain('"Effect":"Allow"');
  });

  test('a service is let in for this account only', async () => {
    const { text } = await assume('closed', 'rekognition.amazonaws.com');
    expect(text).toContain(`"Condition":{"StringEquals":{"aws:SourceAccount":"${account}"}}`);
  });
});

describe('what stands in the way of a call', () => {
  const source = accountWith(
    {
      ana: [],
      mfa: [allow('rekognition:*', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })],
      bo: [{ ...allow('rekognition:DeleteFaces'), Effect: 'Deny' }],
    },
    {
      AWSReservedSSO_View_0123456789abcdef: {
        trust: [lets({ Service: 'lambda.amazonaws.com' })],
        path: '/aws-reserved/sso.amazonaws.com/eu-west-1/',
      },
    },
  );
  const call = (who: string, reason: string, on = collection) =>
    explained(refused(who, 'rekognition:DeleteFaces', on, ` ${reason}`), source);
  const nothing = 'because no identity-based policy allows the rekognition:DeleteFaces action';

  test('what is not expected is said with the change', async () => {
    const { text } = await call(user('ana'), nothing);
    expect(text).toContain('What is expected of user/ana (nothing) does not have it');
  });

  test('a condition that the call does not meet comes before a wider policy', async () => {
    const event = {
      eventSource: 'rekognition.amazonaws.com',
      eventName: 'DeleteFaces',
      errorCode: 'AccessDenied',
      errorMessage: refused(user('mfa'), 'rekognition:DeleteFaces', collection, ` ${nothing}`),
      userIdentity: { type: 'IAMUser', arn: user('mfa') },
    };
    const { text } = await explained(file('mfa.json', JSON.stringify(event)), source);
    expect(text).toContain(
      'statement 1 (line 4) allows it, but only with MFA: meet that, or give user/mfa a policy',
    );
  });

  test('a Deny that AWS names and the documents do not have, then the missing Allow', async () => {
    const { text, code } = await call(user('ana'), 'with an explicit deny in a session policy');
    expect(text).toMatch(
      /begin one without it\. Then no identity-based policy allows it: give user\/ana a policy/,
    );
    expect(code).toBe(0);
  });

  test('a Deny of which AWS does not say where: one at hand is named, else none', async () => {
    const here = await call(user('bo'), 'with an explicit deny');
    expect(here.text).toContain('take rekognition:DeleteFaces out of inline policy "inline", statement 1');
    const elsewhere = await call(user('ana'), 'with an explicit deny');
    expect(elsewhere.text).toContain('No Deny at hand applies to it');
    expect(elsewhere.code).toBe(2);
  });

  test('a permission set is changed, not its role', async () => {
    const session = `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_View_0123456789abcdef/joe`;
    const { text } = await call(session, nothing);
    expect(text).toContain('to the permission set "View" in IAM Identity Center');
    expect(text).not.toContain('give role/');
  });

  test.each([
    ['that was cut', `arn:aws:rekognition:us-east-1:${account}:colle`],
    ['that AWS leaves open', '*'],
  ])('a resource %s: the change is for all of its kind', async (_, on) => {
    const { text } = await call(user('ana'), nothing, on);
    expect(text).toContain(`"Resource":"arn:aws:rekognition:*:${account}:collection/*"`);
  });

  test.each([
    [
      'root',
      `arn:aws:iam::${account}:root`,
      'with an explicit deny in a service control policy',
      /a Deny in a service control policy\)\. No Deny of a service control policy at hand/,
    ],
    [
      'a session of GetFederationToken',
      `arn:aws:sts::${account}:federated-user/bob`,
      'because no session policy allows the rekognition:DeleteFaces action',
      /can do what both allow/,
    ],
    ['whoever does not sign', 'anonymous', '', /The call was not signed/],
  ])('of %s, of whom the account has no policies', async (_, who, reason, answer) => {
    const { text, stderr } = await call(who, reason);
    expect(stderr).toBe('');
    expect(text).toMatch(answer);
  });

  test.each([
    [
      'only its own account allows',
      'mfa',
      /DENIED \(implicit, resource\).*let the resource-based policy on [^ ]*:444455556666:\S+ allow rekognition:CopyProjectVersion to user\/mfa/,
    ],
    ['neither account allows', 'ana', /Then no identity-based policy allows it: give user\/ana a policy/],
  ])('on a model of another account that %s', async (_, name, answer) => {
    const model = 'arn:aws:rekognition:us-east-1:444455556666:project/p/version/v/1690556751958';
    const reason = ' because no resource-based policy allows the rekognition:CopyProjectVersion action';
    const { text, stderr } = await explained(
      refused(user(name), 'rekognition:CopyProjectVersion', model, reason),
      source,
    );
    expect(stderr).toBe('');
    expect(text).toMatch(answer);
    expect(text).not.toContain('ALLOWED');
  });

  test.each([
    ['can be shared', 'rekognition:CopyProjectVersion', 'project/p/version/v/1690556751958', true],
    ['never can', 'rekognition:DeleteFaces', 'collection/visitors', false],
  ])('on what of another account %s, where AWS names no layer', async (_, action, on, isOpen) => {
    const { text } = await explained(
      refused(user('ana'), action, `arn:aws:rekognition:us-east-1:444455556666:${on}`),
      source,
    );
    expect(text.includes('policy of the source project is of account 444455556666')).toBe(isOpen);
    expect(text.includes('(no Allow in a resource-based policy)')).toBe(!isOpen);
  });

  test('of root: the SCP of the guardrails is named', async () => {
    const scp = document(allow('*'), {
      ...allow('*', { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:root' } } }),
      Effect: 'Deny',
    });
    const levels = { scps: [[{ name: 'no-root', document: scp }]] };
    const guardrails = ['--guardrails', file('guardrails.json', JSON.stringify(levels))];
    const text = refused(
      `arn:aws:iam::${account}:root`,
      'rekognition:DeleteFaces',
      collection,
      ' with an explicit deny in a service control policy',
    );
    const answer = await explained(text, [...source, ...guardrails]);
    expect(answer.text).toContain('out of SCP "no-root", statement 2');
  });
});

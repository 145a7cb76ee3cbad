import {
  type ContextKeyTypeEnum,
  GetContextKeysForPrincipalPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import {
  account,
  accountId,
  allow,
  collectionArn,
  deny,
  document,
  policyArn,
  roleArn,
  type Statement,
  start,
  userArn,
} from '#test/local/fixture.ts';

const payroll = collectionArn('payroll-1');
const visitors = collectionArn('visitors');
const project = `arn:aws:rekognition:us-east-1:${accountId}:project/p/1600000000000`;
const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';

let local: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  local = await start({
    account: account({
      users: {
        ann: { groups: ['readers'], inline: { own: document(allow('rekognition:DetectText')) } },
        tagged: {
          inline: {
            abac: document(
              allow('rekognition:DetectText', {
                Condition: {
                  StringEquals: { 'aws:PrincipalTag/Team': 'x' },
                  StringLike: { 'aws:username': 'tag*' },
                },
              }),
            ),
          },
          tags: { Team: 'x' },
        },
      },
      groups: { readers: { inline: { list: document(allow('rekognition:ListCollections')) } } },
      roles: {
        scoped: {
          inline: { pay: document(allow('rekognition:*', { Resource: collectionArn('payroll-*') })) },
        },
        everything: { attached: [full] },
        detect: { inline: { d: document(allow('rekognition:DetectFaces')) } },
        vanishing: {
          inline: {
            v: document(
              allow('rekognition:*'),
              deny('rekognition:*', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
            ),
          },
        },
        conditional: {
          inline: {
            c: document(
              allow('rekognition:DetectText', {
                Condition: { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } },
              }),
              allow('s3:GetObject', { Condition: { StringEquals: { 'aws:PRINCIPALORGID': 'o-1' } } }),
            ),
          },
        },
        denied: { attached: [full], inline: { no: document(deny('rekognition:Delete*')) } },
        bounded: { attached: [full], boundary: policyArn('limit') },
        apart: { path: '/team/vision/', attached: [full] },
        broken: { inline: { bad: { Version: '2012-10-17', Statement: { Effect: 'Permit' } } } },
        same_id: { inline: { a_b: document(allow('rekognition:DetectText')) } },
      },
      policies: { limit: document(allow('rekognition:Detect*')) },
    }),
  });
});
afterAll(() => local.aws.stop());

type Input = Omit<SimulatePrincipalPolicyCommandInput, 'PolicySourceArn'> & { PolicySourceArn?: string };

const simulate = (input: Input) =>
  local.iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: roleArn('everything'), ...input }));

const failure = (input: Input) =>
  simulate(input).then(
    () => ({ name: 'none', message: '' }),
    (error: Error) => ({ name: error.name, message: error.message }),
  );

async function first(role: string, action: string, ResourceArns?: string[], more: Partial<Input> = {}) {
  const answer = await simulate({
    PolicySourceArn: roleArn(role),
    ActionNames: [action],
    ...(ResourceArns && { ResourceArns }),
    ...more,
  });
  const [result] = answer.EvaluationResults ?? [];
  if (!result) throw new Error('no result');
  return result;
}

const entry = (name: string, values: string[], type: ContextKeyTypeEnum = 'string') => ({
  ContextKeyName: name,
  ContextKeyType: type,
  ContextKeyValues: values,
});

describe('decisions', () => {
  it('takes an action wildcard literally', async () => {
    expect((await first('detect', 'rekognition:*')).EvalDecision).toBe('implicitDeny');
    expect((await first('detect', 'rekognition:DetectFaces')).EvalDecision).toBe('allowed');
  });

  it('answers unknown actions without a word', async () => {
    expect((await first('detect', 'rekognition:MadeUp')).EvalDecision).toBe('implicitDeny');
    expect((await first('everything', 'rekognition:MadeUp')).EvalDecision).toBe('allowed');
    expect((await first('everything', 'madeup:Action')).EvalDecision).toBe('implicitDeny');
  });

  it('matches actions without regard to case and echoes them as sent', async () => {
    const result = await first('detect', 'rekognition:detectfaces');
    expect(result).toMatchObject({ EvalActionName: 'rekognition:detectfaces', EvalDecision: 'allowed' });
  });

  it('takes * as a resource literally: a scoped grant is not seen', async () => {
    expect((await first('scoped', 'rekognition:ListFaces')).EvalDecision).toBe('implicitDeny');
    expect((await first('scoped', 'rekognition:ListFaces', [payroll])).EvalDecision).toBe('allowed');
  });

  it('names the resource by how many were asked', async () => {
    expect(await first('everything', 'rekognition:ListFaces')).toMatchObject({ EvalResourceName: '*' });
    expect((await first('everything', 'rekognition:ListFaces')).ResourceSpecificResults).toBeUndefined();
    expect((await first('everything', 'rekognition:ListFaces', [payroll])).EvalResourceName).toBe(payroll);
    expect((await first('everything', 'rekognition:ListFaces', [payroll, visitors])).EvalResourceName).toBe(
      'arn:aws:rekognition:${Region}:${Account}:${RelativeId}',
    );
  });

  it('puts the worst of the resources on top, and lists the Allow of another one there', async () => {
    const result = await first('scoped', 'rekognition:ListFaces', [payroll, visitors]);
    expect(result.EvalDecision).toBe('implicitDeny');
    expect(result.MatchedStatements).toHaveLength(1);
    expect(result.ResourceSpecificResults).toMatchObject([
      { EvalResourceName: payroll, EvalResourceDecision: 'allowed' },
      { EvalResourceName: visitors, EvalResourceDecision: 'implicitDeny' },
    ]);
    expect(result.ResourceSpecificResults?.[1]?.MatchedStatements).toBeUndefined();
  });

  it.each([
    ['rekognition:DeleteCollection', project, 'implicitDeny'],
    ['rekognition:DeleteCollection', visitors, 'allowed'],
    ['rekognition:DetectFaces', visitors, 'implicitDeny'],
    ['rekognition:CreateCollection', visitors, 'allowed'],
    ['rekognition:CreateProject', project, 'allowed'],
    ['rekognition:CreateProject', visitors, 'implicitDeny'],
    ['iam:GetUser', 'arn:aws:s3:::bucket', 'implicitDeny'],
  ])('judges %s on %s as %s under Resource *', async (action, resource, decision) => {
    const allowAll = JSON.stringify(document(allow('*')));
    const answer = await local.iam.send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [allowAll],
        ActionNames: [action],
        ResourceArns: [resource],
      }),
    );
    expect(answer.EvaluationResults?.[0]?.EvalDecision).toBe(decision);
  });

  it('lists only the denials of an explicit denial', async () => {
    const result = await first('denied', 'rekognition:DeleteFaces');
    expect(result.EvalDecision).toBe('explicitDeny');
    expect(result.MatchedStatements?.map((statement) => statement.SourcePolicyId)).toEqual([
      'role_denied_no',
    ]);
  });

  it('drops a conditional Deny without a word when its key is missing', async () => {
    expect(await first('vanishing', 'rekognition:DetectFaces')).toMatchObject({
      EvalDecision: 'allowed',
      MissingContextValues: [],
    });
    const told = await first('vanishing', 'rekognition:DetectFaces', undefined, {
      ContextEntries: [entry('aws:SecureTransport', ['false'], 'boolean')],
    });
    expect(told.EvalDecision).toBe('explicitDeny');
  });

  it('tells missing keys on implicit denials only, those of other statements too, as spelled', async () => {
    expect((await first('conditional', 'rekognition:DetectText')).MissingContextValues).toEqual([
      'aws:SourceIp',
      'aws:PRINCIPALORGID',
    ]);
    const given = await first('conditional', 'rekognition:DetectText', undefined, {
      ContextEntries: [entry('aws:sourceip', ['198.51.100.7'], 'ip')],
    });
    expect(given).toMatchObject({ EvalDecision: 'allowed', MissingContextValues: [] });
  });

  it('never matches a list under a scalar operator', async () => {
    const result = await first('conditional', 'rekognition:DetectText', undefined, {
      ContextEntries: [entry('aws:SourceIp', ['198.51.100.7'], 'ipList')],
    });
    expect(result.EvalDecision).toBe('implicitDeny');
  });

  it("fills in the principal's ARN and name, but not its tags", async () => {
    const source = { PolicySourceArn: userArn('tagged'), ActionNames: ['rekognition:DetectText'] };
    const without = await simulate(source);
    expect(without.EvaluationResults?.[0]?.MissingContextValues).toEqual(['aws:PrincipalTag/Team']);
    const tagged = await simulate({ ...source, ContextEntries: [entry('aws:PrincipalTag/Team', ['x'])] });
    expect(tagged.EvaluationResults?.[0]?.EvalDecision).toBe('allowed');
    const other = await simulate({
      ...source,
      ContextEntries: [entry('aws:PrincipalTag/Team', ['x']), entry('aws:username', ['somebody'])],
    });
    expect(other.EvaluationResults?.[0]?.EvalDecision).toBe('implicitDeny');
  });

  it('includes the policies of the groups of a user, and simulates groups', async () => {
    const user = await simulate({
      PolicySourceArn: userArn('ann'),
      ActionNames: ['rekognition:ListCollections', 'rekognition:DetectText'],
    });
    expect(user.EvaluationResults?.map((result) => result.MatchedStatements?.[0]?.SourcePolicyId)).toEqual([
      'group_readers_list',
      'user_ann_own',
    ]);
    const group = await simulate({
      PolicySourceArn: `arn:aws:iam::${accountId}:group/readers`,
      ActionNames: ['rekognition:ListCollections'],
    });
    expect(group.EvaluationResults?.[0]?.EvalDecision).toBe('allowed');
  });

  it('points at statements with the types that AWS really sends, and its positions', async () => {
    const result = await first('bounded', 'rekognition:DetectFaces');
    expect(result.MatchedStatements).toEqual([
      {
        SourcePolicyId: 'AmazonRekognitionFullAccess',
        SourcePolicyType: 'IAM Policy',
        StartPosition: { Line: 3, Column: 17 },
        EndPosition: { Line: 10, Column: 6 },
      },
      expect.objectContaining({ SourcePolicyId: 'limit', SourcePolicyType: 'Permissions Boundary Policy' }),
    ]);
    expect((await first('same_id', 'rekognition:DetectText')).MatchedStatements?.[0]?.SourcePolicyId).toBe(
      'role_same_id_a_b',
    );
  });
});

describe('boundaries, exclusions and given policies', () => {
  it('says what the boundary allows, and leaves the detail out without one', async () => {
    expect(await first('bounded', 'rekognition:ListCollections')).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    expect(
      (await first('everything', 'rekognition:ListCollections')).PermissionsBoundaryDecisionDetail,
    ).toBeUndefined();
  });

  it('puts a given boundary in place of the attached one', async () => {
    const boundary = JSON.stringify(document(allow('rekognition:List*')));
    const result = await first('bounded', 'rekognition:ListCollections', undefined, {
      PermissionsBoundaryPolicyInputList: [boundary],
    });
    expect(result.EvalDecision).toBe('allowed');
    expect(result.MatchedStatements?.map((statement) => statement.SourcePolicyId)).toContain(
      'PermissionsBoundaryPolicyInputList.1',
    );
  });

  it.each([
    ['the boundary', 'bounded', { PolicyType: 'permission-boundary' as const }, 'allowed'],
    ['AWS policies', 'bounded', { PolicyType: 'aws-managed' as const }, 'implicitDeny'],
    [
      'a policy by ARN',
      'everything',
      { PolicyArn: 'arn:aws:iam::aws:policy/AmazonRekognition*' },
      'implicitDeny',
    ],
    [
      'an inline policy',
      'vanishing',
      {
        InlinePolicyIdentifier: { PolicyName: 'v', AttachmentType: 'role' as const, AttachmentName: 'van*' },
      },
      'implicitDeny',
    ],
    ['RCPs, which are ignored', 'everything', { PolicyType: 'rcp' as const }, 'allowed'],
  ])('leaves out %s', async (_, role, exclusion, decision) => {
    const result = await first(role, 'rekognition:ListCollections', undefined, {
      PolicyExclusionList: [exclusion],
    });
    expect(result.EvalDecision).toBe(decision);
  });

  it('adds given policies', async () => {
    const result = await first('detect', 'rekognition:ListCollections', undefined, {
      PolicyInputList: [JSON.stringify(document(allow('rekognition:List*')))],
    });
    expect(result.MatchedStatements?.[0]?.SourcePolicyId).toBe('PolicyInputList.1');
  });
});

describe('refusals', () => {
  const action = ['rekognition:DetectFaces'];

  it.each<[string, Input, string, RegExp]>([
    [
      'known and unknown actions on ARNs',
      { ActionNames: [...action, 'rekognition:New'], ResourceArns: [visitors] },
      'InvalidInputException',
      /^Invalid Input Actions: \[rekognition:DetectFaces\] and \[rekognition:New\] require different authorization information\.$/,
    ],
    [
      'another spelling of an action on ARNs',
      { ActionNames: [...action, 'rekognition:listfaces'], ResourceArns: [visitors] },
      'InvalidInputException',
      /require different/,
    ],
    [
      'what is no ARN',
      { ActionNames: action, ResourceArns: ['visitors'] },
      'InvalidInputException',
      /not in a valid ARN format: visitors/,
    ],
    [
      '* among ARNs',
      { ActionNames: action, ResourceArns: [visitors, '*'] },
      'InvalidInputException',
      /not in a valid ARN format: \*\./,
    ],
    [
      'an action without a service',
      { ActionNames: ['DetectFaces'] },
      'InvalidInputException',
      /missing names/,
    ],
    [
      'two boundaries',
      { ActionNames: action, PermissionsBoundaryPolicyInputList: ['{}', '{}'] },
      'InvalidInputException',
      /Only one/,
    ],
    [
      'the root user',
      { PolicySourceArn: `arn:aws:iam::${accountId}:root`, ActionNames: action },
      'InvalidInputException',
      /Invalid ARN provided in the request/,
    ],
    [
      'a session',
      { PolicySourceArn: `arn:aws:sts::${accountId}:assumed-role/everything/me`, ActionNames: action },
      'InvalidInputException',
      /Invalid ARN provided/,
    ],
    [
      'another account',
      { PolicySourceArn: 'arn:aws:iam::210987654321:role/everything', ActionNames: action },
      'InvalidInputException',
      /does not have access to policies in account 210987654321/,
    ],
    [
      'an unknown name',
      { PolicySourceArn: roleArn('nobody'), ActionNames: action },
      'NoSuchEntityException',
      /^Unable to retrieve specified IAM entity\.$/,
    ],
    [
      'a key twice, in another case',
      {
        ActionNames: action,
        ContextEntries: [entry('aws:SourceIp', ['1.2.3.4'], 'ip'), entry('AWS:sourceip', ['1.2.3.4'], 'ip')],
      },
      'InvalidInputException',
      /Duplicate context key: AWS:sourceip/,
    ],
    [
      'two values of a scalar',
      { ActionNames: action, ContextEntries: [entry('aws:username', ['a', 'b'])] },
      'InvalidInputException',
      /Context key string expected a single value, but received 2\./,
    ],
    [
      'no values',
      { ActionNames: action, ContextEntries: [entry('aws:username', [])] },
      'InvalidInputException',
      /no values/,
    ],
    [
      'a number that is none',
      { ActionNames: action, ContextEntries: [entry('aws:EpochTime', ['soon'], 'numeric')] },
      'InvalidInputException',
      /numeric/,
    ],
    [
      'a date that is none',
      { ActionNames: action, ContextEntries: [entry('aws:CurrentTime', ['20261124'], 'ipList')] },
      'InvalidInputException',
      /Invalid value/,
    ],
    [
      'an address that is none',
      { ActionNames: action, ContextEntries: [entry('aws:SourceIp', ['300.1.1.1'], 'ip')] },
      'InvalidInputException',
      /Invalid value/,
    ],
    ['1001 items', { ActionNames: action, MaxItems: 1001 }, 'ValidationError', /less than or equal to 1000/],
    [
      'a document of the account that is malformed',
      { PolicySourceArn: roleArn('broken'), ActionNames: action },
      'PolicyEvaluationException',
      /bad.*line 3/,
    ],
    [
      'a given document that is malformed',
      { ActionNames: action, PolicyInputList: ['{'] },
      'InvalidInputException',
      /malformed/,
    ],
  ])('refuses %s', async (_, input, name, message) => {
    const error = await failure(input);
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });

  it('takes any text for a boolean, and unknown actions among themselves', async () => {
    const answer = await simulate({
      ActionNames: ['rekognition:New', 'rekognition:Newer'],
      ResourceArns: [visitors],
      ContextEntries: [entry('aws:SecureTransport', ['yes'], 'boolean')],
    });
    expect(answer.EvaluationResults).toHaveLength(2);
  });

  it('finds a principal by its name, whatever the path', async () => {
    expect((await first('apart', 'rekognition:DetectFaces')).EvalDecision).toBe('allowed');
  });
});

describe('pages', () => {
  it('counts actions, keeps their order and duplicates', async () => {
    const all = [...actions.map((action) => action.action), 'rekognition:DetectFaces'];
    const seen: string[] = [];
    let Marker: string | undefined;
    let pages = 0;
    do {
      const page = await simulate({
        ActionNames: all,
        MaxItems: 10,
        ...(Marker !== undefined && { Marker }),
      });
      seen.push(...(page.EvaluationResults ?? []).flatMap((result) => result.EvalActionName ?? []));
      Marker = page.IsTruncated ? page.Marker : undefined;
      pages += 1;
    } while (Marker !== undefined);
    expect(seen).toEqual(all);
    expect(pages).toBe(8);
  });
});

describe('organizations', () => {
  it('tells a denial by an SCP, without its statements or keys', async () => {
    const scp = (...statements: Statement[]) => ({
      name: 'scp',
      type: 'scp' as const,
      text: JSON.stringify(document(...statements)),
    });
    const organized = await start({
      account: account({ roles: { r: { attached: [full] } } }),
      guardrails: {
        scps: [
          [scp(allow('*'))],
          [
            scp(
              allow('rekognition:Detect*', {
                Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
              }),
              allow('rekognition:List*'),
              deny('rekognition:ListUsers'),
            ),
          ],
        ],
      },
    });
    try {
      const ask = async (more: Partial<Input> = {}) => {
        const answer = await organized.iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: roleArn('r'),
            ActionNames: ['rekognition:ListCollections', 'rekognition:DetectFaces', 'rekognition:ListUsers'],
            ...more,
          }),
        );
        return answer.EvaluationResults?.map((result) => [
          result.EvalDecision,
          result.OrganizationsDecisionDetail?.AllowedByOrganizations,
          result.MatchedStatements?.length,
          result.MissingContextValues,
        ]);
      };
      expect(await ask()).toEqual([
        ['allowed', true, 1, []],
        ['implicitDeny', false, 0, []],
        ['explicitDeny', false, 0, []],
      ]);
      expect(
        (await ask({ PolicyExclusionList: [{ PolicyType: 'scp' }] }))?.map(([decision]) => decision),
      ).toEqual(['allowed', 'allowed', 'allowed']);
    } finally {
      await organized.aws.stop();
    }
  });
});

describe('GetContextKeysForPrincipalPolicy', () => {
  it('lists keys of conditions and variables, as spelled', async () => {
    const answer = await local.iam.send(
      new GetContextKeysForPrincipalPolicyCommand({
        PolicySourceArn: roleArn('conditional'),
        PolicyInputList: [
          JSON.stringify(
            document(allow('s3:GetObject', { Resource: "arn:aws:s3:::b/${aws:userid, 'x'}/${*}" })),
          ),
        ],
      }),
    );
    expect(answer.ContextKeyNames).toEqual(['aws:SourceIp', 'aws:PRINCIPALORGID', 'aws:userid']);
  });
});

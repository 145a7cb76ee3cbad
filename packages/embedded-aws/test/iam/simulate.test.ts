import { GetContextKeysForPrincipalPolicyCommand, SimulateCustomPolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { accountId, allow, document, roleArn, userArn } from '../start.ts';
import { entry, payroll, project, simulator, visitors } from './simulated-account.ts';

const { first, iam, simulate } = simulator();

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
    const answer = await iam().send(
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

describe('GetContextKeysForPrincipalPolicy', () => {
  it('lists keys of conditions and variables, as spelled', async () => {
    const answer = await iam().send(
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

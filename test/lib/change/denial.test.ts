import { describe, expect, test } from 'vitest';
import { readDenial } from '#lib/change/denial.ts';

const session = 'arn:aws:sts::123456789012:assumed-role/analyst/ana';
const collection = 'arn:aws:rekognition:eu-west-1:123456789012:collection/visitors';
const start = `User: ${session} is not authorized to perform: rekognition:DeleteFaces on resource: ${collection}`;

describe("AWS's sentence of a refused call", () => {
  test.each([
    ['because no identity-based policy allows the rekognition:DeleteFaces action', 'identity', false],
    ['because no permissions boundary allows the rekognition:DeleteFaces action', 'boundary', false],
    ['because no session policy allows the rekognition:DeleteFaces action', 'session', false],
    ['because no service control policy allows the rekognition:DeleteFaces action', 'scp', false],
    ['because no VPC endpoint policy allows the rekognition:DeleteFaces action', 'endpoint', false],
    ['because no resource-based policy allows the rekognition:DeleteFaces action', 'resource', false],
    ['with an explicit deny in an identity-based policy', 'identity', true],
    ['with an explicit deny in a permissions boundary', 'boundary', true],
    ['with an explicit deny in a service control policy', 'scp', true],
    ['with an explicit deny in a resource control policy', 'rcp', true],
    ['with an explicit deny in a sessions policy', 'session', true],
    ['with an explicit deny in a VPC endpoint policy', 'endpoint', true],
    [
      'with an explicit deny in a VPC endpoint policy transitively through a service control policy',
      'scp',
      true,
    ],
    ['with an explicit deny in the role trust policy', 'resource', true],
    ['because no role trust policy allows the sts:AssumeRole action', 'resource', false],
    ['because no\n  identity-based\n  policy allows the rekognition:DeleteFaces action', 'identity', false],
    ['because no identity-based pol', 'identity', false],
  ])('%s', (reason, layer, explicit) => {
    expect(readDenial(`${start} ${reason}`)).toEqual({
      principal: session,
      action: 'rekognition:DeleteFaces',
      resource: collection,
      by: { layer, explicit },
      context: {},
    });
  });

  test('with the ARN of the policy, as the AWS CLI prints it', () => {
    const policy = 'arn:aws:organizations::999999999999:policy/o-abc/service_control_policy/p-1';
    const text = `An error occurred (AccessDeniedException) when calling the DeleteFaces operation: ${start} with an explicit deny in a service control policy: ${policy}\n`;
    expect(readDenial(text).by).toEqual({ layer: 'scp', explicit: true, policy });
  });

  test('an explicit deny of which AWS does not say where it is', () => {
    expect(readDenial(`${start} with an explicit deny`).by).toEqual({ explicit: true });
  });

  test('the policy is named before what else the message says', () => {
    const policy = 'arn:aws:iam::123456789012:policy/deny';
    const text = `${start} with an explicit deny in an identity-based policy: ${policy}. Go to https://console.aws.amazon.com/iam`;
    expect(readDenial(text).by).toEqual({ layer: 'identity', explicit: true, policy });
  });

  test.each([
    ['with blanks', '"arn:aws:s3:::images/a b.jpg"', 'arn:aws:s3:::images/a b.jpg'],
    ['as IAM names a role', 'role analyst', 'arn:aws:iam::123456789012:role/analyst'],
    ['that is no ARN', 'widget', undefined],
  ])('a resource %s', (_, said, resource) => {
    const text = `User: ${session} is not authorized to perform: iam:GetRole on resource: ${said} because no identity-based policy allows it`;
    expect(readDenial(text).resource).toBe(resource);
  });

  test.each([
    'anonymous',
    'rekognition.amazonaws.com',
    'arn:aws:iam::123456789012:root',
    'arn:aws:sts::123456789012:federated-user/bob',
  ])('of %s', (who) => {
    const text = `User: ${who} is not authorized to perform: rekognition:DeleteFaces with an explicit deny in a resource control policy`;
    expect(readDenial(text)).toMatchObject({ principal: who, by: { layer: 'rcp', explicit: true } });
  });

  test.each([
    ['the body of an answer', (message: string) => ({ __type: 'AccessDeniedException', Message: message })],
    ['an error of an SDK', (message: string) => ({ Error: { Code: 'AccessDenied', Message: message } })],
  ])('in %s', (_, wrap) => {
    expect(readDenial(JSON.stringify(wrap(start)))).toMatchObject({
      principal: session,
      resource: collection,
    });
  });

  test('AWS does not say who', () => {
    const text = 'An error occurred (AccessDenied): Not authorized to perform sts:AssumeRoleWithWebIdentity';
    expect(() => readDenial(text)).toThrow(/AWS does not say who was refused sts:AssumeRoleWithWebIdentity/);
  });

  test('without a layer, or a resource', () => {
    expect(readDenial(`User: ${session} is not authorized to perform: iam:PassRole`)).toEqual({
      principal: session,
      action: 'iam:PassRole',
      context: {},
    });
  });

  test.each(['access denied', 'User: ann is not authorized', '{"a":1}', '{"a"'])('not %s', (text) => {
    expect(() => readDenial(text)).toThrow(/^--error: /);
  });
});

describe('a CloudTrail event of a refused call', () => {
  const record = {
    eventSource: 'rekognition.amazonaws.com',
    eventName: 'DeleteFaces',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '198.51.100.7',
    errorCode: 'AccessDenied',
    errorMessage: `${start} because no identity-based policy allows the rekognition:DeleteFaces action`,
    userIdentity: { arn: session, sessionContext: { attributes: { mfaAuthenticated: 'false' } } },
  };
  const read = {
    principal: session,
    action: 'rekognition:DeleteFaces',
    resource: collection,
    by: { layer: 'identity', explicit: false },
    context: {
      'aws:RequestedRegion': 'eu-west-1',
      'aws:SourceIp': '198.51.100.7',
      'aws:MultiFactorAuthPresent': 'false',
    },
  };

  test.each([
    ['a record', record],
    ['an event of EventBridge', { source: 'aws.rekognition', detail: record }],
    [
      'a file of records',
      { Records: [{ ...record, errorCode: undefined, eventName: 'DetectFaces' }, record] },
    ],
  ])('%s', (_, json) => {
    expect(readDenial(JSON.stringify(json))).toEqual(read);
  });

  test('without a sentence: who and what the event says', () => {
    const { errorMessage: _, ...silent } = { ...record, sourceIPAddress: 'lambda.amazonaws.com' };
    expect(readDenial(JSON.stringify(silent))).toEqual({
      principal: session,
      action: 'rekognition:DeleteFaces',
      context: { 'aws:RequestedRegion': 'eu-west-1', 'aws:MultiFactorAuthPresent': 'false' },
    });
  });

  test('as lookup-events prints it, with other refused calls', () => {
    const Events = [1, 2, 3].map(() => ({ CloudTrailEvent: JSON.stringify(record) }));
    expect(readDenial(JSON.stringify({ Events }))).toEqual({ ...read, others: 2 });
  });

  test('signed with the keys of a user: no MFA; of a federated user: the user whose permissions he has', () => {
    const user = 'arn:aws:iam::123456789012:user/ana';
    const keys = { ...record, errorMessage: undefined, userIdentity: { type: 'IAMUser', arn: user } };
    const { context } = readDenial(JSON.stringify(keys));
    expect(Object.entries(context)).toContainEqual(['aws:MultiFactorAuthPresent', undefined]);
    const arn = 'arn:aws:sts::123456789012:federated-user/bob';
    const sessionContext = { sessionIssuer: { arn: user }, attributes: { mfaAuthenticated: 'false' } };
    const federated = { ...record, userIdentity: { type: 'FederatedUser', arn, sessionContext } };
    expect(readDenial(JSON.stringify(federated)).principal).toBe(user);
  });

  test('a session that was not begun: the provider and the role', () => {
    const provider = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';
    const event = {
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithWebIdentity',
      errorCode: 'AccessDenied',
      userIdentity: { type: 'WebIdentityUser', identityProvider: provider },
      requestParameters: { roleArn: 'arn:aws:iam::123456789012:role/ci', roleSessionName: 's' },
    };
    expect(readDenial(JSON.stringify(event))).toEqual({
      principal: provider,
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: 'arn:aws:iam::123456789012:role/ci',
      context: {},
    });
  });

  test('of a call that was not refused', () => {
    const { errorCode: _, ...done } = record;
    expect(() => readDenial(JSON.stringify(done))).toThrow('not of a call that was refused');
  });
});

import {
  CreateProjectCommand,
  DeleteProjectPolicyCommand,
  ListProjectPoliciesCommand,
  PutProjectPolicyCommand,
} from '@aws-sdk/client-rekognition';
import { expect, it } from 'vitest';
import type { LocalApiCall } from '../../src/api-call.ts';
import { allow, policy, REGION, start } from './start.ts';

const PolicyName = 'copy';
const document = policy({
  Effect: 'Allow',
  Principal: { AWS: '210987654321' },
  Action: 'rekognition:CopyProjectVersion',
  Resource: '*',
});

it('keeps the policies of a project by revision, and tells of each change in its Region', async () => {
  await using running = await start({});
  const calls: LocalApiCall[] = [];
  running.aws.world.onApiCall((call) => calls.push(call));
  const client = running.client({ policies: [policy(allow('rekognition:*'))] });
  const { ProjectArn } = await client.send(new CreateProjectCommand({ ProjectName: 'cats' }));
  const put = (more: { PolicyDocument?: string; PolicyRevisionId?: string } = {}) =>
    client.send(new PutProjectPolicyCommand({ ProjectArn, PolicyName, PolicyDocument: document, ...more }));

  const first = await put();
  expect(calls.at(-1)).toMatchObject({
    service: 'rekognition',
    operation: 'PutProjectPolicy',
    region: REGION,
    readOnly: false,
    requestParameters: { projectArn: ProjectArn, policyName: 'copy', policyDocument: document },
    responseElements: { policyRevisionId: first.PolicyRevisionId },
  });
  const second = await put({ PolicyRevisionId: first.PolicyRevisionId ?? '' });
  await expect(put({ PolicyRevisionId: first.PolicyRevisionId ?? '' })).rejects.toMatchObject({
    name: 'InvalidPolicyRevisionIdException',
  });
  await expect(put({ PolicyDocument: policy(allow('rekognition:*')) })).rejects.toMatchObject({
    name: 'MalformedPolicyDocumentException',
  });
  const list = new ListProjectPoliciesCommand({ ProjectArn });
  expect((await client.send(list)).ProjectPolicies).toMatchObject([
    { PolicyName, PolicyRevisionId: second.PolicyRevisionId, PolicyDocument: document },
  ]);
  await client.send(new DeleteProjectPolicyCommand({ ProjectArn, PolicyName }));
  expect((await client.send(list)).ProjectPolicies).toEqual([]);
  expect(calls.map(({ operation, errorCode }) => [operation, errorCode])).toEqual([
    ['PutProjectPolicy', undefined],
    ['PutProjectPolicy', undefined],
    ['PutProjectPolicy', 'InvalidPolicyRevisionIdException'],
    ['PutProjectPolicy', 'MalformedPolicyDocumentException'],
    ['ListProjectPolicies', undefined],
    ['DeleteProjectPolicy', undefined],
    ['ListProjectPolicies', undefined],
  ]);
});

import {
  CreateCollectionCommand,
  CreateProjectCommand,
  CreateStreamProcessorCommand,
  DeleteCollectionCommand,
  DescribeProjectsCommand,
  GetPersonTrackingCommand,
  ListCollectionsCommand,
  TagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, deny, policy, REGION, roleArn, start } from './start.ts';

const all = { policies: [policy(allow('rekognition:*'))] };
const create = (id: string) => new CreateCollectionCommand({ CollectionId: id });
const arn = (resource: string) => `arn:aws:rekognition:${REGION}:${ACCOUNT}:${resource}`;

describe('authorization', () => {
  it('judges CreateCollection and CreateProject on the ARN of what they would create', async () => {
    await using running = await start({});
    const { client } = running;
    const some = client({
      policies: [
        policy(
          allow('rekognition:CreateCollection', arn('collection/team-*')),
          allow('rekognition:CreateProject', arn('project/team-*/*')),
        ),
      ],
    });
    await some.send(create('team-faces'));
    await some.send(new CreateProjectCommand({ ProjectName: 'team-models' }));
    await expect(some.send(create('other'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/caller/caller is not authorized to perform: rekognition:CreateCollection on resource: ${arn('collection/other')} because no identity-based policy allows the rekognition:CreateCollection action`,
      $metadata: { httpStatusCode: 400 },
    });
    await expect(some.send(new CreateProjectCommand({ ProjectName: 'other' }))).rejects.toThrow(
      /rekognition:CreateProject on resource: arn:aws:rekognition:eu-west-1:123456789012:project\/other\/\d+/,
    );
  });

  it('needs TagResource to create with tags, and iam:PassRole to pass a role', async () => {
    await using running = await start({});
    const { client } = running;
    const creator = client({
      policies: [policy(allow(['rekognition:CreateCollection', 'rekognition:CreateStreamProcessor']))],
    });
    await expect(
      creator.send(new CreateCollectionCommand({ CollectionId: 'x', Tags: { Owner: 'me' } })),
    ).rejects.toThrow(/perform: rekognition:TagResource/);
    await expect(
      creator.send(
        new CreateStreamProcessorCommand({
          Name: 'p',
          Input: {},
          Output: {},
          Settings: {},
          RoleArn: roleArn('video'),
        }),
      ),
    ).rejects.toThrow(/perform: iam:PassRole on resource: arn:aws:iam::123456789012:role\/video/);
  });

  it('sees the tags of the resource and those of the request', async () => {
    await using running = await start({}, { collections: ['staff', 'payroll'] });
    const { client } = running;
    await client(all).send(
      new TagResourceCommand({ ResourceArn: arn('collection/staff'), Tags: { Team: 'vision' } }),
    );
    const tagged = client({
      policies: [
        policy(
          allow('rekognition:DeleteCollection', '*', {
            Condition: { StringEquals: { 'aws:ResourceTag/Team': 'vision' } },
          }),
          allow('rekognition:TagResource', '*', {
            Condition: { StringEquals: { 'aws:RequestTag/Team': 'vision' } },
          }),
        ),
      ],
    });
    await expect(tagged.send(new DeleteCollectionCommand({ CollectionId: 'payroll' }))).rejects.toThrow(
      /not authorized/,
    );
    await tagged.send(new DeleteCollectionCommand({ CollectionId: 'staff' }));
    const ResourceArn = arn('collection/payroll');
    await expect(
      tagged.send(new TagResourceCommand({ ResourceArn, Tags: { Team: 'sales' } })),
    ).rejects.toThrow(/not authorized/);
    await tagged.send(new TagResourceCommand({ ResourceArn, Tags: { Team: 'vision' } }));
  });

  it.each([
    ['a session policy', {}, [policy(deny('rekognition:*'))], 'with an explicit deny in a session policy'],
    [
      'a session policy that does not allow it',
      {},
      [policy(allow('s3:*'))],
      'because no session policy allows the rekognition:ListCollections action',
    ],
    [
      'an SCP',
      { scps: [policy(allow('*'), deny('rekognition:*'))] },
      undefined,
      'with an explicit deny in a service control policy',
    ],
    [
      'an RCP',
      { resourceControlPolicies: [policy(deny('rekognition:*', '*', { Principal: '*' }))] },
      undefined,
      'with an explicit deny in a resource control policy',
    ],
    [
      'an endpoint policy',
      { endpointPolicy: policy(allow('rekognition:DetectFaces', '*', { Principal: '*' })) },
      undefined,
      'because no VPC endpoint policy allows the rekognition:ListCollections action',
    ],
    [
      'an endpoint policy that denies',
      {
        endpointPolicy: policy(
          allow('*', '*', { Principal: '*' }),
          deny('rekognition:List*', '*', { Principal: '*' }),
        ),
      },
      undefined,
      'with an explicit deny in a VPC endpoint policy',
    ],
  ] as const)('is stopped by %s, and says so', async (_, options, sessionPolicies, clause) => {
    await using running = await start({ worker: { policies: [policy(allow('rekognition:*'))] } }, options);
    const { client } = running;
    const worker = client({ principalArn: roleArn('worker'), ...(sessionPolicies && { sessionPolicies }) });
    await expect(worker.send(new ListCollectionsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(new RegExp(`rekognition:ListCollections .*${clause}$`)),
    });
  });

  it('lets an endpoint policy through that allows the caller by account', async () => {
    const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
    await using running = await start(
      {},
      { endpointPolicy: policy(allow('rekognition:*', '*', { Principal })) },
    );
    const { client } = running;
    await client(all).send(new ListCollectionsCommand({}));
  });

  it('denies Custom Labels in IAM’s words where the Region lacks it, and closed features in others', async () => {
    await using running = await start(
      {},
      { regionsWithoutCustomLabels: [REGION], closedFeatures: ['streaming-video'] },
    );
    const rekognition = running.client(all);
    await expect(rekognition.send(new DescribeProjectsCommand({}))).rejects.toThrow(
      /not authorized to perform: rekognition:DescribeProjects .* because no identity-based policy allows/,
    );
    await expect(
      rekognition.send(
        new CreateStreamProcessorCommand({
          Name: 'p',
          Input: {},
          Output: {},
          Settings: {},
          RoleArn: roleArn('r'),
        }),
      ),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.not.stringContaining('not authorized'),
    });
    await expect(rekognition.send(new GetPersonTrackingCommand({ JobId: 'x' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.not.stringContaining('not authorized'),
    });
    running.rekognition.options = {};
    await rekognition.send(new DescribeProjectsCommand({}));
  });
});

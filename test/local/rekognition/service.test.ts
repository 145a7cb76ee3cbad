import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateCollectionCommand,
  CreateProjectCommand,
  CreateStreamProcessorCommand,
  CreateUserCommand,
  DeleteCollectionCommand,
  DescribeProjectsCommand,
  DetectFacesCommand,
  GetPersonTrackingCommand,
  ListCollectionsCommand,
  ListTagsForResourceCommand,
  ListUsersCommand,
  StartFaceDetectionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, deny, policy, REGION, roleArn, start } from '#test/local/rekognition/account.ts';

const all = { policies: [policy(allow('rekognition:*'))] };
const create = (id: string) => new CreateCollectionCommand({ CollectionId: id });
const arn = (resource: string) => `arn:aws:rekognition:${REGION}:${ACCOUNT}:${resource}`;

describe('collections', () => {
  it('exist once they are created, and until they are deleted', async () => {
    await using running = await start({}, { collections: ['staff'] });
    const { client } = running;
    const rekognition = client(all);
    expect(await rekognition.send(create('visitors'))).toMatchObject({
      CollectionArn: arn('collection/visitors'),
    });
    await expect(rekognition.send(create('visitors'))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    expect(await rekognition.send(new ListCollectionsCommand({}))).toMatchObject({
      CollectionIds: ['staff', 'visitors'],
    });
    await rekognition.send(new DeleteCollectionCommand({ CollectionId: 'staff' }));
    await expect(
      rekognition.send(new DeleteCollectionCommand({ CollectionId: 'staff' })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The collection id: staff does not exist',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('come in pages', async () => {
    await using running = await start({}, { collections: ['a', 'b', 'c'] });
    const { client } = running;
    const rekognition = client(all);
    const first = await rekognition.send(new ListCollectionsCommand({ MaxResults: 2 }));
    expect(first.CollectionIds).toEqual(['a', 'b']);
    const second = await rekognition.send(new ListCollectionsCommand({ NextToken: first.NextToken }));
    expect(second).toMatchObject({ CollectionIds: ['c'] });
    expect(second.NextToken).toBeUndefined();
    await expect(
      rekognition.send(new ListCollectionsCommand({ NextToken: 'invalid' })),
    ).rejects.toMatchObject({
      name: 'InvalidPaginationTokenException',
    });
  });

  it('have users and tags', async () => {
    await using running = await start({}, { collections: ['staff'] });
    const { client } = running;
    const rekognition = client(all);
    await rekognition.send(new CreateUserCommand({ CollectionId: 'staff', UserId: 'ann' }));
    const { Users } = await rekognition.send(new ListUsersCommand({ CollectionId: 'staff' }));
    expect(Users?.map(({ UserId }) => UserId)).toEqual(['ann']);
    const ResourceArn = arn('collection/staff');
    await rekognition.send(new TagResourceCommand({ ResourceArn, Tags: { Owner: 'vision' } }));
    expect(await rekognition.send(new ListTagsForResourceCommand({ ResourceArn }))).toMatchObject({
      Tags: { Owner: 'vision' },
    });
  });

  it('are of one Region', async () => {
    await using running = await start({}, { collections: ['staff'] });
    const { rekognition } = running;
    expect([...rekognition.state(REGION).collections.keys()]).toEqual(['staff']);
    expect([...rekognition.state('us-east-1').collections.keys()]).toEqual([]);
  });
});

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

describe('answers of the service', () => {
  it('refuse what is no image, no video and breaks the model', async () => {
    await using running = await start({});
    const { client } = running;
    const rekognition = client(all);
    await expect(
      rekognition.send(new DetectFacesCommand({ Image: { Bytes: Buffer.from('no image') } })),
    ).rejects.toMatchObject({
      name: 'InvalidImageFormatException',
      message: 'Request has invalid image format',
    });
    const png = Buffer.from('89504e470d0a1a0a', 'hex');
    expect(await rekognition.send(new DetectFacesCommand({ Image: { Bytes: png } }))).toMatchObject({
      FaceDetails: [],
    });
    await expect(
      rekognition.send(
        new StartFaceDetectionCommand({ Video: { S3Object: { Bucket: 'videos', Name: 'v.mp4' } } }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidS3ObjectException' });
    await expect(rekognition.send(create('!'))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(/^1 validation error detected: Value '!' at 'collectionId' failed/),
    });
  });

  it('come after authorization, or validation does first when it is told to', async () => {
    await using running = await start({});
    const nobody = running.client({ policies: [policy(allow('s3:*'))] });
    await expect(nobody.send(create('!'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    running.rekognition.options = { validateFirst: true };
    await expect(nobody.send(create('!'))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(nobody.send(create('valid'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('are disturbed by the fault switches', async () => {
    await using running = await start({});
    const { aws, client } = running;
    aws.world.faults.add({ operation: 'rekognition:ListCollections', kind: 'throttle', next: 1 });
    aws.world.faults.add({ operation: 'rekognition:DescribeProjects', kind: 'error', next: 1 });
    const rekognition = client(all);
    await expect(rekognition.send(new ListCollectionsCommand({}))).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
    await expect(rekognition.send(new DescribeProjectsCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500 },
    });
    await rekognition.send(new ListCollectionsCommand({}));
  });

  it('follow a change of IAM only after its delay', async () => {
    await using running = await start({ worker: {} });
    const { aws, client } = running;
    const worker = client(roleArn('worker'));
    aws.world.faults.iamDelay = 60_000;
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = aws.env;
    const iam = new IAMClient({
      endpoint: aws.endpoint,
      region: REGION,
      credentials: { accessKeyId, secretAccessKey },
    });
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'worker',
        PolicyName: 'p',
        PolicyDocument: policy(allow('rekognition:*')),
      }),
    );
    await expect(worker.send(new ListCollectionsCommand({}))).rejects.toThrow(/not authorized/);
    aws.world.faults.iamDelay = 0;
    await worker.send(new ListCollectionsCommand({}));
  });
});

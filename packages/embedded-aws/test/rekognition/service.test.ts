import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateCollectionCommand,
  CreateUserCommand,
  DeleteCollectionCommand,
  DescribeProjectsCommand,
  DetectFacesCommand,
  ListCollectionsCommand,
  ListTagsForResourceCommand,
  ListUsersCommand,
  StartFaceDetectionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, policy, REGION, roleArn, start } from './start.ts';

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

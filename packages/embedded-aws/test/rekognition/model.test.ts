import { describe, expect, it } from 'vitest';
import { modeledErrors, OPERATIONS, validationMessage, violations } from '../../src/rekognition/model.ts';

describe('the API model', () => {
  it('has 75 operations', () => {
    expect(OPERATIONS.size).toBe(75);
  });

  it('lists the errors of an operation', () => {
    expect(modeledErrors('DeleteCollection')).toContain('ResourceNotFoundException');
    expect(modeledErrors('Nothing')).toEqual([]);
  });

  it.each([
    ['DeleteCollection', { CollectionId: 'faces' }],
    [
      'TagResource',
      {
        ResourceArn: 'arn:aws:rekognition:eu-west-1:123456789012:collection/x',
        Tags: { 'Team/ä': 'vision' },
      },
    ],
    ['DetectFaces', { Image: { Bytes: 'AA==' } }],
    ['DetectFaces', { Image: { Bytes: 'AA==' }, Unknown: 'members are ignored' }],
    ['ListCollections', {}],
    ['StartSegmentDetection', { Video: {}, SegmentTypes: ['SHOT'] }],
  ])('accepts %s %j', (operation, input) => {
    expect(violations(operation, input)).toEqual([]);
  });

  it.each([
    [
      'DeleteCollection',
      {},
      "Value null at 'collectionId' failed to satisfy constraint: Member must not be null",
    ],
    ['DeleteCollection', { CollectionId: 'x'.repeat(256) }, 'length less than or equal to 255'],
    ['DeleteCollection', { CollectionId: 'a b' }, 'regular expression pattern: [a-zA-Z0-9_.\\-]+'],
    ['DeleteCollection', { CollectionId: 'faces!' }, 'regular expression pattern'],
    ['DeleteCollection', { CollectionId: 7 }, 'must be a string'],
    ['ListCollections', { MaxResults: 5000 }, 'value less than or equal to 4096'],
    ['ListCollections', { MaxResults: -1 }, 'value greater than or equal to 0'],
    [
      'DetectFaces',
      { Image: { Bytes: '' } },
      "at 'image.bytes' failed to satisfy constraint: Member must have length",
    ],
    ['DetectFaces', { Image: 'x' }, "at 'image' failed to satisfy constraint: Member must be a structure"],
    ['DeleteFaces', { CollectionId: 'x', FaceIds: [] }, 'length greater than or equal to 1'],
    ['DeleteFaces', { CollectionId: 'x', FaceIds: ['not-a-uuid'] }, "at 'faceIds.1.member' failed"],
    ['DeleteFaces', { CollectionId: 'x', FaceIds: 'one' }, 'must be a list'],
    [
      'CreateDataset',
      { ProjectArn: 'arn:aws:rekognition:eu-west-1:123456789012:project/p/1', DatasetType: 'ALL' },
      'enum value set: [TRAIN, TEST]',
    ],
    [
      'DeleteProject',
      { ProjectArn: 'arn:aws:rekognition:eu-west-1:123456789012:project/p' },
      'regular expression pattern',
    ],
    ['TagResource', { ResourceArn: 'x'.repeat(20), Tags: { 'aws:tag': 'x' } }, "at 'tags.key' failed"],
  ])('refuses %s %j', (operation, input, sentence) => {
    expect(violations(operation, input)).toEqual([expect.stringContaining(sentence)]);
  });

  it('names every constraint that a value breaks', () => {
    expect(violations('DeleteCollection', { CollectionId: '' })).toEqual([
      expect.stringContaining('length greater than or equal to 1'),
      expect.stringContaining('regular expression pattern'),
    ]);
  });

  it('says how many constraints an input breaks, as the framework does', () => {
    expect(validationMessage('DeleteFaces', {})).toBe(
      "2 validation errors detected: Value null at 'collectionId' failed to satisfy constraint: Member must not be null; " +
        "Value null at 'faceIds' failed to satisfy constraint: Member must not be null",
    );
    expect(validationMessage('DeleteCollection', { CollectionId: 'x' })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { allow, collection, differences, identity, inputOf } from './fixtures.ts';

const processor = (name: string) => `arn:aws:rekognition:us-east-1:*:streamprocessor/${name}`;

describe('a pattern of a resource', () => {
  it.each<[string, string, string, boolean]>([
    ['names of 255 characters', 'DeleteFaces', collection('?'.repeat(255)), true],
    ['names of more than any collection has', 'DeleteFaces', collection('?'.repeat(256)), false],
    ['the same, and more of them', 'DeleteFaces', collection(`${'?'.repeat(256)}*`), false],
    ['either', 'DeleteFaces', collection(`${'?'.repeat(255)}*`), true],
    ['names of 128 characters', 'StopStreamProcessor', processor('?'.repeat(128)), true],
    ['names of more than any stream processor has', 'StopStreamProcessor', processor('?'.repeat(129)), false],
  ])('of %s', (_, action, resource, allows) => {
    const input = inputOf(identity(allow(`rekognition:${action}`, resource)), identity());
    expect(differences(input).length > 0).toBe(allows);
  });
});

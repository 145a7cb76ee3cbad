import { expect, test } from 'vitest';
import { readContext } from '#cli/context-flags.ts';

test.each([
  ['a value', ['aws:SourceVpc=vpc-1'], { 'aws:SourceVpc': 'vpc-1' }],
  ['several', ['aws:SourceVpc=a', 'aws:SourceVpc=b'], { 'aws:SourceVpc': ['a', 'b'] }],
  ['one of a list', ['aws:TagKeys=team'], { 'aws:TagKeys': ['team'] }],
  ['none', ['aws:TagKeys='], { 'aws:TagKeys': undefined }],
])('%s of a key', (_, entries, context) => expect(readContext(entries)).toEqual(context));

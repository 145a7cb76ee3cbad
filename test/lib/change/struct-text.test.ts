import { expect, test } from 'vitest';
import { parseStruct } from '#lib/change/struct-text.ts';

test("a struct's text is read with what is nested, names in small letters, without nulls", () => {
  expect(parseStruct('{Type=Role, invokedby=null, context={issuer={arn=a:b/c, name=}}, last=x=y,z}')).toEqual(
    {
      type: 'Role',
      context: { issuer: { arn: 'a:b/c', name: '' } },
      last: 'x=y,z',
    },
  );
  expect(parseStruct('{}')).toEqual({});
});

test.each([
  ['a name comes twice', '{arn=mine, name=x, arn=yours}'],
  ['something follows', '{arn=mine}, {arn=yours}'],
  ['it does not end', '{arn=mine'],
  ['a name is none', '{a b=c}'],
  ['it is JSON', '{"arn":"x"}'],
  ['it is no struct', 'arn=mine'],
])('none where %s', (_, text) => {
  expect(parseStruct(text)).toBeUndefined();
});

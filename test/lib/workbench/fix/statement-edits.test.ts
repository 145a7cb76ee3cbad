import { expect, test } from 'vitest';
import { patched } from '#lib/workbench/fix/document-patch.ts';
import { documentEdit, type StatementEdit } from '#lib/workbench/fix/statement-edits.ts';

const document = `{
    "Version": "2012-10-17",
    "Statement": [
        { "Sid": "Look",   "Effect": "Allow", "Action": ["s3:GetObject", "rekognition:DeleteFaces"], "Resource": "*" },
        {
            "Effect": "Allow",
            "Action": "rekognition:Delete*",
            "Resource": "*"
        }
    ]
}
`;
const faces = ['rekognition:DeleteFaces'];

function edited(text: string, edits: readonly StatementEdit[], added: readonly object[] = []): string {
  const patch = documentEdit(text, edits, added);
  return patch === undefined || patch === 'nothing' ? String(patch) : patched(text, patch);
}

test('what is not edited stays as it is written', () => {
  const after = edited(document, [{ index: 1, actions: faces }]);
  expect(after).toBe(document.replace('["s3:GetObject", "rekognition:DeleteFaces"]', '"s3:GetObject"'));
});

test('a wildcard gives way to what is left of it', () => {
  const { Statement: statements } = JSON.parse(edited(document, [{ index: 2, actions: faces }]));
  expect(statements[1].Action).toContain('rekognition:DeleteCollection');
  expect(statements[1].Action).not.toContain('rekognition:DeleteFaces');
  expect(statements[1].Action.length).toBe(7);
});

test('a statement with nothing left is removed, and so is a policy', () => {
  const one = '{"Statement":{"Effect":"Allow","Action":"rekognition:DeleteFaces","Resource":"*"}}';
  expect(edited(one, [{ index: 1, actions: faces }])).toBe('nothing');
  const two = `{"Statement":[${JSON.stringify({ Effect: 'Allow', Action: faces, Resource: '*' })},{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`;
  expect(edited(two, [{ index: 1, actions: faces }])).toBe(
    '{"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}',
  );
});

test('of everything, what is taken is named as what is not meant', () => {
  const all = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
  expect(JSON.parse(edited(all, [{ index: 1, actions: faces }])).Statement).toEqual([
    { Effect: 'Allow', NotAction: faces[0], Resource: '*' },
  ]);
});

test('a pattern over several services cannot be written without one of its actions', () => {
  const odd = '{"Statement":[{"Effect":"Allow","Action":"re*:*","Resource":"*"}]}';
  expect(documentEdit(odd, [{ index: 1, actions: faces }])).toBe(undefined);
});

test('a guard becomes one more condition, of the actions that it is about', () => {
  const condition = { Bool: { 'aws:MultiFactorAuthPresent': ['true'] } };
  const { Statement: statements } = JSON.parse(edited(document, [{ index: 1, actions: faces, condition }]));
  expect(statements).toEqual([
    { Sid: 'Look', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    { Effect: 'Allow', Action: 'rekognition:Delete*', Resource: '*' },
    { Effect: 'Allow', Resource: '*', Action: 'rekognition:DeleteFaces', Condition: condition },
  ]);
  const other = { Bool: { 'aws:multifactorauthpresent': ['false'] } };
  const guarded = edited(document, [{ index: 2, actions: ['rekognition:DeleteFaces'], condition }]);
  expect(documentEdit(guarded, [{ index: 3, actions: faces, condition: other }])).toBe(undefined);
});

test('the only statement becomes a list where one is added', () => {
  const one = '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
  const added = { Effect: 'Deny', Action: 'rekognition:*', Resource: '*' };
  expect(JSON.parse(edited(one, [], [added])).Statement).toEqual([
    { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    added,
  ]);
});

test.each([
  ['{"Statement":[1,2,3]}', 0, '{"Statement":[2,3]}'],
  ['{"Statement":[1,2,3]}', 1, '{"Statement":[1,3]}'],
  ['{"Statement":[1,2,3]}', 2, '{"Statement":[1,2]}'],
  ['{"Statement":[\n  1,\n  2\n]}', 1, '{"Statement":[\n  1\n]}'],
  ['{"Statement":[\n  1,\n  2\n]}', 0, '{"Statement":[\n  2\n]}'],
])('an element of a list goes with its comma: %j', (text, index, after) => {
  expect(patched(text, [{ op: 'remove', path: `/Statement/${index}` }])).toBe(after);
});

import { describe, expect, it } from 'vitest';
import { PolicyCompiler } from '../../src/compile.ts';
import { sessionForms } from '../../src/sessions.ts';
import { accessOf } from '../../src/solver/cases.ts';
import type { SearchSpace } from '../../src/solver/space.ts';
import { type TextPattern, textForm } from '../../src/solver/text-patterns.ts';

const action = 'rekognition:DeleteCollection';
const compiler = new PolicyCompiler([action], { unreadable: 'keep' });
const prefix = 'arn:aws:rekognition:us-east-1:123456789012:collection/';
const names = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-';

function access(Resource: string, key: string, forms: readonly TextPattern[], known = {}) {
  const statement = { Effect: 'Allow', Action: action, Resource };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const set = compiler.compileSet({ identity: [{ name: 'test', type: 'inline', text }] });
  const space: SearchSpace = {
    resource: [{ pattern: textForm([prefix, { someOf: names }]), hints: [] }],
    known,
    free: new Map([[key.toLowerCase(), { key, forms }]]),
    possible: [[{ test: { operator: 'Null', ifExists: false, key, values: ['true'] }, holds: false }]],
  };
  return accessOf(set, action, space);
}

describe('a resource with a variable whose values have forms', () => {
  const userid = 'aws:userid';
  const session = sessionForms.namedAfter('AROAA0000000000000001:');
  const user = sessionForms.exactly('AIDAA0000000000000001');
  it.each<[string, string, readonly TextPattern[], string]>([
    ['no value of which fits into the ARN', `${prefix}\${aws:userid}`, [session], 'none'],
    ['with text around it', `${prefix}a\${aws:userid}*`, [session], 'none'],
    ['early in the ARN', 'arn:aws:rekognition:us-east-1:${aws:userid}', [session], 'none'],
    ['one form of which fits', `${prefix}\${aws:userid}`, [session, user], 'conditional'],
    ['more forms than are tried', `${prefix}\${aws:userid}`, Array(9).fill(session), 'conditional'],
  ])('%s', (_, resource, forms, wanted) => expect(access(resource, userid, forms)).toBe(wanted));

  it('that is known beside one that is not', () => {
    const resource = `${prefix}\${aws:PrincipalTag/team}-\${aws:userid}`;
    expect(access(resource, userid, [user], { 'aws:PrincipalTag/team': 'a@b' })).toBe('none');
    expect(access(resource, userid, [user], { 'aws:PrincipalTag/team': 'a.b' })).toBe('conditional');
  });

  it('whose default fits, whether it can be missing or not', () => {
    expect(access(`${prefix}\${aws:userid, 'x'}`, userid, [session])).toBe('conditional');
    expect(access(`${prefix}\${aws:userid, 'a:b'}`, userid, [session])).toBe('none');
  });
});

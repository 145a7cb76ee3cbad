import { describe, expect, it } from 'vitest';
import type { ConditionBlock, RawPolicy } from '../../fuzz/case.ts';
import { checkNone, emptyTally } from '../../fuzz/none.ts';
import { account } from '../../fuzz/none-case.ts';

const any = (values: Record<string, string[]>) => ({ 'ForAnyValue:StringEquals': values });
const there = (key: string) => ({ Null: { [key]: ['false'] } });

describe('a list as a policy variable with a default', () => {
  it.each<[string, ConditionBlock, never: number]>([
    ['in its own values', any({ 'aws:TagKeys': ["${aws:TagKeys, 'a'}"] }), 1],
    ['in its own values, beside another', any({ 'aws:TagKeys': ["${aws:TagKeys, 'a'}", 'b'] }), 0],
    [
      'in the values of another list',
      { ...any({ 'aws:CalledVia': ["${aws:TagKeys, 'a'}"] }), ...there('aws:TagKeys') },
      1,
    ],
    [
      'in those of another list, beside another',
      { ...any({ 'aws:CalledVia': ["${aws:TagKeys, 'a'}", 'b'] }), ...there('aws:TagKeys') },
      0,
    ],
    [
      'each in those of the other',
      any({ 'aws:CalledVia': ["${aws:TagKeys, 'a'}"], 'aws:TagKeys': ["${aws:CalledVia, 'a'}"] }),
      1,
    ],
    [
      'each in those of the other, beside another',
      any({ 'aws:CalledVia': ["${aws:TagKeys, 'a'}", 'b'], 'aws:TagKeys': ["${aws:CalledVia, 'a'}", 'b'] }),
      0,
    ],
    [
      'in those of a text, beside another',
      { StringEquals: { 'my:text': ["${aws:TagKeys, 'a'}", 'b'] }, ...there('aws:TagKeys') },
      0,
    ],
  ])('%s', (_, Condition, never) => {
    const observed: RawPolicy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'rekognition:*', Resource: '*', Condition }],
    };
    const tally = emptyTally();
    const known = { 'aws:PrincipalAccount': account };
    const asked = { observed, known, free: [], regions: [], resource: '*' };
    checkNone(asked, { requests: 1000, referred: 10 }, tally);
    expect(tally).toMatchObject({ none: never, gaveUp: 0 });
  });
});

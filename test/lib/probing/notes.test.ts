import { expect, it } from 'vitest';
import type { ProbedEvidence, RoleProbe } from '#lib/observe/types.ts';
import { probeNotes } from '#lib/probing/notes.ts';

const silent = (name: string, reason: string): ProbedEvidence => ({
  kind: 'probed',
  action: `rekognition:${name}`,
  probedResources: ['*'],
  decision: 'inconclusive',
  reason,
});
const role = (name: string, ...answers: ProbedEvidence[]): RoleProbe => ({
  subject: `role/${name}`,
  arn: `arn:aws:iam::123456789012:role/${name}`,
  answers,
});

it('says each reason once, with its actions and roles', () => {
  const answers = [
    silent('ListFaces', 'throttled (ThrottlingException)'),
    silent('SearchFaces', 'throttled (ThrottlingException)'),
    silent('CreateFaceLivenessSession', 'not probed: it is never probed'),
  ];
  expect(probeNotes([role('a', ...answers), role('b', ...answers)])).toEqual([
    'not proven live for role/a and role/b: ListFaces and SearchFaces: throttled (ThrottlingException)',
    'never called live, since no call would be both harmless and telling: CreateFaceLivenessSession',
  ]);
  expect(probeNotes(['a', 'b', 'c'].map((name) => role(name, ...answers)))[0]).toContain('for 3 roles');
});

it('takes reasons that differ in names and requests only for one', () => {
  const answers = ['ListFaces', 'ListUsers'].map((name, index) =>
    silent(name, `says nothing about rekognition:${name} on ${String(index).repeat(32)}`),
  );
  expect(probeNotes([role('a', ...answers)])).toEqual([
    'not proven live for role/a: ListFaces and ListUsers: says nothing about it on …',
  ]);
});

it('leaves nobody out, and counts what is too much to say', () => {
  const refused = Array.from({ length: 20 }, (_, index) => ({
    ...role(`r${index}`),
    notProbed: 'not probed: IAM users cannot be assumed',
  }));
  const notes = probeNotes(refused);
  expect(notes[0]).toBe('role/r0: not probed: IAM users cannot be assumed');
  expect(notes.at(-1)).toBe('and 8 notes more');
});
